import { existsSync } from 'node:fs';
import { type ChainProblem, checkChain } from './chain.js';
import { outboxFault } from './errors.js';
import { outboxFiles } from './recovery.js';
import { type ReportRow, rowsFromLog, selectReports } from './reports-table.js';
import { readSegments } from './segments.js';
import { PAGE_BYTES } from './settings.js';
import type { OpenStore } from './store.js';

export interface OutboxReading {
  /** Oldest first. */
  readonly rows: readonly ReportRow[];
  readonly problems: readonly ChainProblem[];
  /** Reports whose hash in the second copy is another, or that it lacks. */
  readonly secondCopyDiffers: readonly number[];
  readonly secondCopyDamagedBytes: number;
}

/** Far above any quota: a reader must not set one. */
const NO_LIMIT = Math.floor((64 * 1024 * 1024 * 1024) / PAGE_BYTES);

/**
 * Looks at the queue without changing it, also while the service runs.
 *
 * @throws OUTBOX_UNUSABLE when there is none, or it is damaged
 */
export async function readOutbox(directory: string, openStore: OpenStore): Promise<OutboxReading> {
  const files = outboxFiles(directory);
  if (!existsSync(files.database)) {
    throw outboxFault('UNUSABLE', { details: { directory, problem: 'there is no queue' } });
  }
  let rows: ReportRow[];
  try {
    const store = await openStore(files.database, { maxPages: NO_LIMIT });
    rows = await selectReports(store, 'ORDER BY seq').finally(() => store.close());
  } catch (error) {
    throw outboxFault('UNUSABLE', { cause: error, details: { directory } });
  }
  const { records, damagedBytes } = await readSegments(files.log);
  const logged = rowsFromLog(records);
  return {
    rows,
    problems: checkChain(rows),
    secondCopyDiffers: rows.filter(({ seq, hash }) => logged.get(seq)?.hash !== hash).map(({ seq }) => seq),
    secondCopyDamagedBytes: damagedBytes,
  };
}
