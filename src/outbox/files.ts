import { join } from 'node:path';

/** Where the queue lies below the state directory. */
export interface OutboxFiles {
  readonly directory: string;
  readonly database: string;
  /** Second copy: segments. */
  readonly log: string;
  /** What was damaged; never deleted by the service. */
  readonly quarantine: string;
  /** Given up when the disk is full, so that receipts can still be taken. */
  readonly reserve: string;
}

export function outboxFiles(directory: string): OutboxFiles {
  return {
    directory,
    database: join(directory, 'outbox.sqlite'),
    log: join(directory, 'outbox-log'),
    quarantine: join(directory, 'quarantine'),
    reserve: join(directory, 'outbox-reserve'),
  };
}
