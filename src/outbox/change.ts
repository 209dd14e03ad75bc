import type { ChainEnd } from './chain-end.js';
import type { LogRecord } from './frames.js';
import type { Statement } from './store.js';

/** What is to be written to both copies, in one commit. */
export interface Change<Value> {
  readonly statements: readonly Statement[];
  readonly records?: readonly LogRecord[];
  /** What rides along with commits is to be written now, even when there is nothing else. */
  readonly ridesNow?: boolean;
  /** Called when it is on the disk. */
  settled(): Value;
}

export interface Work<Value> {
  /** Grows the queue: refused when the disk is full, whereas what shrinks it gets the reserve. */
  readonly grows: boolean;
  /** Says what is to be written; may move the end of the chain. */
  prepare(end: ChainEnd): Promise<Change<Value>>;
}

/** Changes nothing: for a look that has to wait its turn, or a commit of what rides along. */
export const NOTHING: Change<void> = { statements: [], settled: () => {} };
