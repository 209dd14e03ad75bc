import { CHAIN_RESTART } from './recovery.js';
import { recallFact } from './reports-table.js';
import type { Store } from './store.js';

/** End of the chain, as the next report will be bound to it. */
export interface ChainEnd {
  lastSeq: number;
  lastHash: string | undefined;
  /** Greatest id of all reports. Ids begin with their time, so one behind it cannot be there yet. */
  lastId: string;
  /** Cause of a new beginning that the next report has to bear. */
  restart: string | undefined;
  /** Counts the changes of facts, so that of two copies the newer is known. */
  revision: number;
  /** Reports of the commit that is being put together, by id. */
  readonly fresh: Map<string, { seq: number; hash: string }>;
  /** Numbers that the commit that is being put together confirms. */
  readonly confirmed: Set<number>;
}

export const BEGINNING: ChainEnd = {
  lastSeq: 0,
  lastHash: undefined,
  lastId: '',
  restart: undefined,
  revision: 0,
  fresh: new Map(),
  confirmed: new Set(),
};

export async function readEnd(store: Store): Promise<ChainEnd> {
  const [last] = await store.read('SELECT seq, hash FROM reports ORDER BY seq DESC LIMIT 1');
  const [top] = await store.read('SELECT max(id) AS id FROM reports');
  const [facts] = await store.read('SELECT max(revision) AS top FROM facts');
  return {
    ...forNextCommit(BEGINNING),
    lastSeq: Number(last?.['seq'] ?? 0),
    lastHash: last === undefined ? undefined : String(last['hash']),
    lastId: String(top?.['id'] ?? ''),
    restart: (await recallFact(store, CHAIN_RESTART)) || undefined,
    revision: Number(facts?.['top'] ?? 0),
  };
}

/** What a commit may change; taken over when it is on the disk. */
export function forNextCommit(end: ChainEnd): ChainEnd {
  return { ...end, fresh: new Map(), confirmed: new Set() };
}
