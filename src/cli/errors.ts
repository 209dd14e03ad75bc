import { faults } from '../domain/errors.js';

export const cliFault = faults('CLI', {
  FILE_UNREADABLE: {
    says: 'A file cannot be read',
    advice: 'Check the path, its permissions and its size.',
    cure: 'technician',
  },
  FILE_UNWRITABLE: {
    says: 'A file cannot be written',
    advice: 'Check the path, its permissions and the room on the disk.',
    cure: 'technician',
  },
});
