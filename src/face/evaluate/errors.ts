import { faults } from '../../domain/errors.js';

/** Faults of `face evaluate`. Codes are EVALUATE_ and the key. */
export const evaluateFault = faults('EVALUATE', {
  LIST_INVALID: {
    says: 'The list of pictures cannot be used',
    advice:
      'A list is a CSV file with a header: probe,reference,genuine[,group] or file,identity[,group][,role]; or a folder with PERSON/picture.jpg. docs/evaluation.md tells more.',
    cure: 'technician',
  },
  FILE_MISSING: {
    says: 'Pictures of the list are not there',
    advice:
      'Paths are relative to the folder of the list. Correct the list, bring the pictures, or count them as failures with --missing count.',
    cure: 'technician',
  },
  DIRECTORY_UNUSABLE: {
    says: 'The folder for the report cannot be used',
    advice: 'Check the path, its permissions and the room on the disk, or name another one with --out.',
    cure: 'technician',
  },
  DIRECTORY_BUSY: {
    says: 'Another evaluation is at work in this folder',
    advice: 'Wait until it has ended, or name another folder with --out.',
    cure: 'technician',
  },
  SCORES_INVALID: {
    says: 'The scores of the other system cannot be used',
    advice:
      'They are a CSV file with the columns probe,reference,genuine,score[,group] and the paths of the list; higher is more alike.',
    cure: 'technician',
  },
});
