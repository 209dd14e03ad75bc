import { faults } from '../domain/errors.js';

export const carrierFault = faults('CARRIER', {
  REPORT_INVALID: {
    says: 'A report cannot be verified or opened',
    advice: "Check the terminal's registered key; the report stays in the terminal's queue.",
    cure: 'technician',
  },
  TERMINAL_UNKNOWN: {
    says: 'No terminal of this name is registered',
    advice: 'Register it with `countersign carrier register`.',
    cure: 'operator',
  },
  KEYS_INVALID: {
    says: "The carrier's key file cannot be used",
    advice: 'Make one with `countersign carrier keys --out FILE`.',
    cure: 'operator',
  },
  REQUEST_INVALID: {
    says: 'A certificate request cannot be used',
    advice: 'Make it anew on the terminal with `countersign provision request`.',
    cure: 'technician',
  },
  STORE_FAILED: {
    says: "The carrier's store failed",
    advice: 'Check the database; no receipt was given, so the terminal will send the report again.',
    cure: 'retry',
  },
});
