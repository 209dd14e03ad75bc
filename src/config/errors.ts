import { faults } from '../domain/errors.js';

export const configFault = faults('CONFIG', {
  UNREADABLE: {
    says: 'The configuration file cannot be read',
    advice: 'Check the path and its permissions, or name another one with --config.',
    cure: 'technician',
  },
  UNKNOWN_KEY: {
    says: 'The configuration has a key that does not exist',
    advice: 'Correct the spelling; docs/configuration.md lists every key.',
    cure: 'technician',
  },
  INVALID: {
    says: 'The configuration has a value that cannot be used',
    advice: 'Correct it; docs/configuration.md says what is allowed.',
    cure: 'technician',
  },
});
