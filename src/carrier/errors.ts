import { faults } from '../domain/errors.js';

export const carrierFault = faults('CARRIER', {
  REPORT_INVALID: {
    says: 'A report cannot be verified or opened',
    advice: "Check the terminal's registered key; the report stays in the terminal's queue.",
    cure: 'technician',
  },
  TERMINAL_UNKNOWN: {
    says: 'No terminal of this name is registered',
    advice: 'Enrol it with `countersign carrier enrol`.',
    cure: 'operator',
  },
  KEYS_INVALID: {
    says: "The carrier's key file cannot be used",
    advice: 'Restore it from its copy, or make a new carrier with `countersign carrier init DIR`.',
    cure: 'operator',
  },
  TERMINAL_KNOWN: {
    says: 'A terminal of this name is enrolled with another key',
    advice:
      'Choose another id; or, if its keys were lost, enrol with --replace-key: reports signed with the old key are refused from then on.',
    cure: 'operator',
  },
  MESSAGE_INVALID: {
    says: 'A message of a terminal cannot be verified or opened',
    advice: 'It was dropped; check that the terminal has the newest site bundle if it happens often.',
    cure: 'technician',
  },
  REQUEST_INVALID: {
    says: 'An enrolment request cannot be used',
    advice: 'Make it anew on the terminal with `countersign provision request`.',
    cure: 'technician',
  },
  BROKER_UNREACHABLE: {
    says: 'The broker does not take the connection of the carrier',
    advice: 'Check the address, that the broker runs, its certificate and its access rules.',
    cure: 'operator',
  },
  STORE_FAILED: {
    says: "The carrier's store failed",
    advice: 'Check the database; no receipt was given, so the terminal will send the report again.',
    cure: 'retry',
  },
});
