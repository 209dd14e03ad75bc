import { hashOf, isSound } from './chain.js';
import type { OutboxFiles } from './files.js';
import type { Decoded, LoggedFact, LoggedReport, LogRecord } from './frames.js';
import { CHAIN_RESTART, nextQuarantine } from './recovery.js';
import {
  confirmReports,
  insertReport,
  type ReportRow,
  recallFact,
  recordsOf,
  rememberFact,
  STATE,
  selectReports,
} from './reports-table.js';
import { readSegment, type SegmentLog, segmentNumbers } from './segments.js';
import type { Statement, Store } from './store.js';

/** Key of the fact up to which number reports were forgotten after their time; they are not adopted again. */
export const FORGOTTEN = 'forgotten-up-to';
/** Key of the fact that a check writes to prove that a commit works. */
export const PROOF = 'check';
/** Facts about this database alone: the second copy has nothing to do with them. */
const DATABASE_ONLY: ReadonlySet<string> = new Set([CHAIN_RESTART, PROOF]);

const CHUNK = 500;
/** Fewer where bodies are read too. */
const BODIES_CHUNK = 50;

export interface Reconciled {
  /** Reports that only the second copy had. */
  adopted: number;
  /** Rows of the database that did not fit their own hash and were put right from the second copy. */
  repaired: number;
  /** Reports that the second copy lacked. */
  copied: number;
  damagedSegments: number;
  /** Reports whose body neither copy has whole. */
  unreadable: number[];
  /** The second copy could be read, but not be written. */
  logError: unknown;
}

interface Coverage {
  readonly whole: Set<number>;
  readonly confirmed: Set<number>;
}

/**
 * Makes both copies hold the union of both. A body proves itself by its hash; where neither copy has one, the second
 * copy's word counts, because each of its frames has a checksum. A confirmation is never taken back.
 */
export async function reconcile(
  store: Store,
  second: SegmentLog | { readonly error: unknown },
  files: OutboxFiles,
): Promise<Reconciled> {
  const log = 'error' in second ? undefined : second;
  const result: Reconciled = {
    adopted: 0,
    repaired: 0,
    copied: 0,
    damagedSegments: 0,
    unreadable: [],
    logError: 'error' in second ? second.error : undefined,
  };
  const coverage: Coverage = { whole: new Set(), confirmed: new Set() };
  const forgotten = Number((await recallFact(store, FORGOTTEN)) ?? 0);
  const write = async (work: (to: SegmentLog) => Promise<void>): Promise<void> => {
    // After one failure the rest would only make holes.
    if (log === undefined || result.logError !== undefined) return;
    await work(log).catch((error: unknown) => (result.logError = error));
  };
  const begunAnew = Boolean(await recallFact(store, CHAIN_RESTART));
  const numbers = await segmentNumbers(files.log);
  const facts = new Map<string, LoggedFact>();
  for (const number of numbers) {
    const { records, damagedBytes } = await readOrGiveUp(files.log, number);
    if (damagedBytes > 0) {
      // Only the last one is not synced at once: a power cut leaves holes in it, and the database has what they had.
      const torn = number === numbers.at(-1) && !begunAnew;
      if (!torn) result.damagedSegments++;
      await write(async (to) => to.repair(number, records, torn ? undefined : await nextQuarantine(files)));
    }
    log?.learn(number, records);
    for (const record of records) {
      if (record.type === 'fact' && record.revision >= (facts.get(record.key)?.revision ?? 0)) {
        facts.set(record.key, record);
      }
    }
    await adopt(store, records, { forgotten, coverage, result });
  }
  const lacking = await shareFacts(store, facts);
  await write((to) => to.append(lacking));
  await completeLog(store, coverage, result, (records) => write((to) => to.append(records)));
  return result;
}

/** A segment that the disk does not give back is as good as one full of garbage. */
async function readOrGiveUp(directory: string, number: number): Promise<Decoded> {
  return readSegment(directory, number).catch(() => ({ records: [], damagedBytes: 1, tornTail: false }));
}

async function adopt(
  store: Store,
  records: readonly LogRecord[],
  context: { forgotten: number; coverage: Coverage; result: Reconciled },
): Promise<void> {
  const { forgotten, coverage, result } = context;
  const rows = await rowsNamedBy(store, records);
  /** What belongs together stays in one transaction. */
  const changes: Statement[][] = [];
  for (const record of records) {
    if (record.type !== 'report' && record.type !== 'confirmed') continue;
    const { seq, hash } = record;
    if (seq <= forgotten) continue;
    const row = rows.get(seq);
    if (record.type === 'confirmed') {
      if (row?.hash !== hash) continue;
      coverage.confirmed.add(seq);
      if (row.state === STATE.confirmed && row.jws === undefined) continue;
      const { accepted, at: confirmedAt } = record;
      changes.push(confirmReports([{ ...row, accepted, confirmedAt }]));
      rows.set(seq, { ...row, state: STATE.confirmed, jws: undefined });
      continue;
    }
    const better = betterRow(record, row);
    if (better !== undefined) {
      changes.push([insertReport(better, true)]);
      rows.set(seq, better);
      if (row === undefined) result.adopted++;
      else result.repaired++;
    }
    cover(record, better ?? row, coverage);
  }
  for (let at = 0; at < changes.length; at += CHUNK) await store.write(changes.slice(at, at + CHUNK).flat());
}

async function rowsNamedBy(store: Store, records: readonly LogRecord[]): Promise<Map<number, ReportRow>> {
  const seqs = [...new Set(records.flatMap((record) => ('seq' in record ? [record.seq] : [])))];
  const rows = new Map<number, ReportRow>();
  for (let at = 0; at < seqs.length; at += CHUNK) {
    for (const row of await rowsOf(store, seqs.slice(at, at + CHUNK))) rows.set(row.seq, row);
  }
  return rows;
}

/** What the database should hold instead; undefined where its own row is as good. */
function betterRow(record: LoggedReport, row: ReportRow | undefined): ReportRow | undefined {
  const { seq, id, hash, jws, at } = record;
  const logged: ReportRow = {
    seq,
    id,
    hash,
    jws,
    at,
    state: jws === undefined ? STATE.confirmed : STATE.waiting,
    attempts: 0,
    accepted: jws === undefined ? true : undefined,
    confirmedAt: jws === undefined ? at : undefined,
  };
  if (row === undefined) return logged;
  if (row.jws !== undefined) {
    if (row.state === STATE.confirmed && isSound(row)) return { ...row, state: STATE.waiting };
    return isSound(row) || !isWhole(record) ? undefined : logged;
  }
  if (row.state !== STATE.confirmed) return isWhole(record) ? logged : undefined;
  return row.hash === hash && row.id === id ? undefined : { ...row, id, hash };
}

function isWhole({ seq, id, hash, jws }: LoggedReport): boolean {
  return jws === undefined || isSound({ seq, id, hash, jws });
}

function cover(record: LoggedReport, row: ReportRow | undefined, coverage: Coverage): void {
  if (row === undefined || row.hash !== record.hash) return;
  if (record.jws === undefined) coverage.confirmed.add(record.seq);
  const hasBody = record.jws !== undefined && hashOf(record.jws) === record.hash;
  if (row.state === STATE.confirmed || hasBody) coverage.whole.add(record.seq);
}

/** Of each fact the newer one counts; resolves with those that the second copy lacks. */
async function shareFacts(store: Store, logged: ReadonlyMap<string, LoggedFact>): Promise<LoggedFact[]> {
  const stored = new Map<string, LoggedFact>();
  for (const row of await store.read('SELECT key, value, revision FROM facts')) {
    const key = String(row['key']);
    stored.set(key, { type: 'fact', key, value: String(row['value']), revision: Number(row['revision']) });
  }
  const revisionOf = (facts: ReadonlyMap<string, LoggedFact>, key: string) => facts.get(key)?.revision ?? -1;
  const newer = [...logged.values()].filter(({ key, revision }) => revision > revisionOf(stored, key));
  if (newer.length > 0) {
    await store.write(newer.map(({ key, value, revision }) => rememberFact(key, value, revision)));
  }
  return [...stored.values()].filter(
    ({ key, revision }) => !DATABASE_ONLY.has(key) && revision > revisionOf(logged, key),
  );
}

/** After a power cut the second copy may lack what the database has. */
async function completeLog(
  store: Store,
  coverage: Coverage,
  result: Reconciled,
  append: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  let from = 0;
  for (;;) {
    const chunk = await store.read('SELECT seq, state FROM reports WHERE seq > ? ORDER BY seq LIMIT ?', [
      from,
      CHUNK,
    ]);
    const last = chunk.at(-1);
    if (last === undefined) return;
    from = Number(last['seq']);
    const lacking = chunk
      .filter(({ seq, state }) => !isCovered(Number(seq), Number(state), coverage))
      .map(({ seq }) => Number(seq));
    for (let at = 0; at < lacking.length; at += BODIES_CHUNK) {
      const records: LogRecord[] = [];
      for (const row of await rowsOf(store, lacking.slice(at, at + BODIES_CHUNK))) {
        if (row.state !== STATE.confirmed && !isSound(row)) {
          result.unreadable.push(row.seq);
          continue;
        }
        result.copied++;
        records.push(...(coverage.whole.has(row.seq) ? recordsOf(row).slice(1) : recordsOf(row)));
      }
      await append(records);
    }
  }
}

function isCovered(seq: number, state: number, { whole, confirmed }: Coverage): boolean {
  return whole.has(seq) && (state !== STATE.confirmed || confirmed.has(seq));
}

async function rowsOf(store: Store, seqs: readonly number[]): Promise<ReportRow[]> {
  return selectReports(store, `WHERE seq IN (${seqs.map(() => '?').join(',')}) ORDER BY seq`, seqs);
}
