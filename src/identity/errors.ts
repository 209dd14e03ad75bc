import { faults } from '../domain/errors.js';

export const identityFault = faults('IDENTITY', {
  NOT_PROVISIONED: {
    says: 'This terminal has no keys or no site bundle yet',
    advice:
      'Run `countersign provision init`, hand the request to the carrier, then `countersign provision accept FILE`.',
    cure: 'technician',
  },
  FILE_INVALID: {
    says: 'A file of the terminal identity cannot be used',
    advice: 'Restore it from the site bundle with `countersign provision accept FILE`.',
    cure: 'technician',
  },
  UNWRITABLE: {
    says: 'The terminal identity cannot be written',
    advice:
      'Check the disk: its room, whether it is mounted read-only, its permissions. What was in force stays.',
    cure: 'technician',
  },
  ROOT_INVALID: {
    says: "The carrier's root key cannot be used",
    advice: 'Name the file root.jwk that the carrier made with `countersign carrier init`.',
    cure: 'technician',
  },
  BUNDLE_INVALID: {
    says: 'The site bundle is not valid for this terminal',
    advice: 'Ask the carrier for a bundle made for this terminal; nothing was changed.',
    cure: 'carrier',
  },
  BUNDLE_OLD: {
    says: 'The site bundle is not newer than the one in force',
    advice: 'Ask the carrier for the newest bundle; nothing was changed.',
    cure: 'carrier',
  },
  SIGNATURE_INVALID: {
    says: 'A message is not signed by a key of the carrier that is in force',
    advice: 'It was dropped; tell the carrier if it happens often.',
    cure: 'carrier',
  },
  REVOKED: {
    says: 'No encryption key of the carrier is in force',
    advice: 'Take a new site bundle with `countersign provision accept FILE`.',
    cure: 'carrier',
  },
});
