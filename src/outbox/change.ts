import type { ChainEnd } from './chain-end.js';
import type { LogRecord } from './frames.js';
import {
  appendReport,
  type Confirmation,
  confirmReports,
  type NewReport,
  type SeenRow,
} from './reports-table.js';
import type { Statement } from './store.js';

/** What is to be written to both copies, in one commit. */
export interface Change<Value> {
  readonly statements: readonly Statement[];
  /** A report that goes in. */
  readonly appends?: NewReport;
  /** Reports whose receipt came. */
  readonly confirms?: readonly Confirmation[];
  readonly records?: readonly LogRecord[];
  /** What rides along with commits is to be written now, even when there is nothing else. */
  readonly ridesNow?: boolean;
  /** Called when it is on the disk. */
  settled(): Value;
}

export interface Work<Value> {
  /** Grows the queue: refused when the disk is full, whereas what shrinks it gets the reserve. */
  readonly grows: boolean;
  /** Nothing is lost when it waits a moment for others to share its commit. */
  readonly patient?: boolean;
  /** Numbers of reports that it has to see: those of all works of a commit are read at once. */
  readonly sees?: readonly number[];
  /** Says what is to be written; may move the end of the chain. `seen` has those reports that there are. */
  prepare(end: ChainEnd, seen: SeenReports): Promise<Change<Value>>;
}

export type SeenReports = ReadonlyMap<number, SeenRow>;

/** Changes nothing: for a look that has to wait its turn, or a commit of what rides along. */
export const NOTHING: Change<void> = { statements: [], settled: () => {} };

/** Receipts of one commit are written by two statements, however many they are: each statement is a walk to a thread. */
export function statementsOf(changes: readonly Change<unknown>[]): Statement[] {
  return [
    ...changes.flatMap(({ statements, appends }) =>
      appends === undefined ? statements : [appendReport(appends), ...statements],
    ),
    ...confirmReports(changes.flatMap(({ confirms = [] }) => confirms)),
  ];
}
