import { faults } from '../domain/errors.js';

/** Every fault of the outbox. Codes are OUTBOX_ and the key. */
export const outboxFault = faults('OUTBOX', {
  FULL: {
    says: 'The queue is full, or the disk is',
    advice: 'Connect the network so that the carrier can confirm what waits, or free disk space.',
    cure: 'technician',
  },
  READ_ONLY: {
    says: 'The state directory cannot be written',
    advice:
      'Check the SD card (it turns read-only when it wears out) and the permissions of the state directory.',
    cure: 'technician',
  },
  WRITE_FAILED: {
    says: 'A report could not be made durable',
    advice: 'Nobody was told a result. Try the visit again; exchange the SD card if it happens twice.',
    cure: 'technician',
  },
  UNUSABLE: {
    says: 'The queue cannot be opened',
    advice: 'Run `countersign outbox verify`; what is damaged is moved aside, never deleted.',
    cure: 'technician',
  },
  MISSING: {
    says: 'There is no queue here',
    advice: 'Name the state directory (--state-directory); the service makes the queue when it first starts.',
    cure: 'technician',
  },
  IN_USE: {
    says: 'Another process has this queue',
    advice: 'Only one service may run on a state directory; stop the other one.',
    cure: 'technician',
  },
  TOO_LARGE: {
    says: 'A report is larger than the carrier takes',
    advice: 'Report this to us with the service of the visit; the limit is 128 KB.',
    cure: 'developer',
  },
  SQLITE_TOO_OLD: {
    says: 'This SQLite can lose a commit when it resets its log',
    advice: 'Use SQLite 3.51.3 or newer: update Node, or reinstall the sqlite3 package.',
    cure: 'technician',
  },
  SETTINGS_REFUSED: {
    says: 'SQLite did not take a setting that keeps reports from being lost',
    advice: 'Put the state directory on a local file system such as ext4.',
    cure: 'technician',
  },
  CLOSED: {
    says: 'The queue is closed',
    advice: 'The service is stopping; start it again.',
    cure: 'retry',
  },
});
