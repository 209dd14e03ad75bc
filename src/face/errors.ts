import { faults } from '../domain/errors.js';

const PHOTO = 'Use a JPEG, PNG, WebP or BMP picture that other programs can open.';
const REBUILD = 'Run `npm run models` in a checkout, or install the package again.';

/** Every fault of the face room. Codes are FACE_ and the key. */
export const faceFault = faults('FACE', {
  ENGINE_UNAVAILABLE: {
    says: 'No engine for the networks runs on this machine',
    advice:
      'Install the package again for this processor (npm ci), or set face.engine to the other one; `countersign doctor --only models` tells more.',
    cure: 'technician',
  },
  ENGINE_FAILED: {
    says: 'The networks failed while they ran',
    advice: 'Try again; if it happens again, check free memory and run `countersign doctor --only models`.',
    cure: 'retry',
  },
  MODEL_MISSING: { says: 'A network is not there', advice: REBUILD, cure: 'technician' },
  MODEL_CHECKSUM: {
    says: 'A network is not the file that its manifest names',
    advice: `${REBUILD} A pack: remove it and add it again from where it is published.`,
    cure: 'technician',
  },
  MODEL_UNCALIBRATED: {
    says: 'The model has no calibration for the target false-match rate',
    advice:
      'Choose a higher policy.targetFmr, or install a pack whose calibration reaches it (docs/models.md).',
    cure: 'technician',
  },
  PACK_INVALID: {
    says: 'A model pack cannot be used',
    advice: 'Ask its publisher for a pack that fits docs/models.md; the model in force stays.',
    cure: 'technician',
  },
  PACK_SIGNATURE: {
    says: 'A model pack is not signed by anybody trusted',
    advice:
      'Ask its publisher for a pack signed with a key of face.packSigners (countersign models sign); the model in force stays.',
    cure: 'technician',
  },
  PACK_UNREACHABLE: {
    says: 'A model pack could not be fetched',
    advice: 'Check the address and the network, or fetch it elsewhere and add its directory.',
    cure: 'retry',
  },
  IMAGE_UNUSABLE: { says: 'The picture cannot be used', advice: PHOTO, cure: 'operator' },
  NO_FACE: {
    says: 'No face was found in the picture',
    advice: 'Use a picture that shows one face from the front, in even light.',
    cure: 'person',
  },
  SEVERAL_FACES: {
    says: 'The picture shows several faces',
    advice: 'Use a picture of one person only.',
    cure: 'person',
  },
  BUSY: {
    says: 'Another person is being compared',
    advice: 'Wait until the visit that runs has ended.',
    cure: 'retry',
  },
});

export type FaceFaultKey = Parameters<typeof faceFault>[0];
