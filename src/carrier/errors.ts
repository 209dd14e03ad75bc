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
      'Choose another id. If it changed its keys, take the request that `countersign provision request` makes now. If its keys were lost, enrol with --replace-key: reports signed with the old key are refused from then on.',
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
  NEXT_KEYS_INVALID: {
    says: 'A terminal answered rotate-keys with keys or a site bundle that cannot be used',
    advice:
      'Nothing was changed. Give the command again with `--argument anew=true`; if that fails too, a technician has to look at the terminal.',
    cure: 'operator',
  },
  ROTATION_UNFINISHED: {
    says: 'The terminal has not told that it changed its keys',
    advice:
      'Nothing is lost: every key that it may use now is taken. See to the problem, then give rotate-keys again: it goes on where it stopped.',
    cure: 'operator',
  },
  BUNDLE_TOO_LARGE: {
    says: 'The site bundle is too large for the line',
    advice: 'Give the terminal a smaller policy or configuration with `countersign carrier enrol` first.',
    cure: 'operator',
  },
  KEY_UNKNOWN: {
    says: 'No former key of the terminal has this id',
    advice: 'See `countersign carrier keys` for those that it has; its newest key cannot be forgotten.',
    cure: 'operator',
  },
  KEY_NEEDED: {
    says: 'Reports that are signed with this key may still wait in the terminal',
    advice:
      'Wait until `countersign carrier audit` shows its chain whole and a report with its newest key has come; or refuse them for good with --revoke.',
    cure: 'operator',
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
