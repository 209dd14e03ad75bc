import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { type ChainProblem, chainChecker } from './chain.js';
import { outboxFault } from './errors.js';
import { type OutboxFiles, outboxFiles } from './files.js';
import { type ReportRow, STATE, selectReports } from './reports-table.js';
import { readSegment, segmentNumbers } from './segments.js';
import { checkVersion, PAGE_BYTES } from './settings.js';
import { type OpenStore, storeErrorCode, toFault } from './store.js';

/** A report without its body. */
export interface ReadRow extends Omit<ReportRow, 'jws'> {
  readonly hasBody: boolean;
}

export interface OutboxReading {
  /** Oldest first. */
  readonly rows: readonly ReadRow[];
  readonly problems: readonly ChainProblem[];
  /** Where `rows` are from: the second copy stands in for a database that cannot be read. */
  readonly source: 'database' | 'second-copy';
  /** Why the database could not be read: SQLite's code, or `missing`. */
  readonly databaseFault: string | undefined;
  readonly secondCopy: {
    /** Reports that have another hash there. */
    readonly differs: readonly number[];
    /** Reports that it does not have; the next start completes it. */
    readonly lacks: readonly number[];
    /** Bytes that belong to no whole record; what a power cut tore at the very end does not count. */
    readonly damagedBytes: number;
  };
  /** Damaged files that were moved aside so far. */
  readonly quarantined: number;
}

export interface ReadOptions {
  /** Also examine what no row lies on: indexes and free pages. */
  readonly thorough?: boolean;
  /** Called with each row, body included, oldest first. */
  readonly visit?: (row: ReportRow) => Promise<void>;
}

/** Far above any quota: a reader must not set one. */
const NO_LIMIT = Math.floor((64 * 1024 * 1024 * 1024) / PAGE_BYTES);
const CHUNK = 200;

/**
 * Looks at the queue without changing it: while the service runs, after a crash, and when the database is damaged.
 *
 * The database is opened with `mode=ro` and `query_only`. The defect of SQLite that can lose a commit needs a second
 * connection that writes or checkpoints; this one can do neither, and the version is checked all the same. It is not
 * opened as `immutable`, because that leaves out what still lies in the log, which is the newest. Each look takes a
 * few hundred rows, so that the service's checkpoints never wait for a person reading a list.
 *
 * @throws OUTBOX_MISSING, OUTBOX_SQLITE_TOO_OLD
 */
export async function readOutbox(
  directory: string,
  openStore: OpenStore,
  options: ReadOptions = {},
): Promise<OutboxReading> {
  const files = outboxFiles(directory);
  const segments = await segmentNumbers(files.log);
  if (!existsSync(files.database) && segments.length === 0) {
    throw outboxFault('MISSING', { details: { directory } });
  }
  const read = await readDatabase(files, openStore, options);
  const second = await readSecond(files, segments, read.fault !== undefined);
  const { rows, problems } = read.fault === undefined ? read : await collect(second.rows.values(), options);
  const lacks: number[] = [];
  const differs: number[] = [];
  for (const { seq, hash } of rows) {
    const there = second.rows.get(seq);
    if (there === undefined) lacks.push(seq);
    else if (there.hash !== hash) differs.push(seq);
  }
  return {
    rows,
    problems,
    source: read.fault === undefined ? 'database' : 'second-copy',
    databaseFault: read.fault,
    secondCopy: { differs, lacks, damagedBytes: second.damagedBytes },
    quarantined: (await readdir(files.quarantine).catch(() => [])).length,
  };
}

interface Collected {
  rows: ReadRow[];
  problems: ChainProblem[];
}

function collector({ visit }: ReadOptions): Collected & { take(row: ReportRow): Promise<void> } {
  const check = chainChecker();
  const rows: ReadRow[] = [];
  const problems: ChainProblem[] = [];
  return {
    rows,
    problems,
    async take(row) {
      const problem = check(row);
      if (problem !== undefined) problems.push(problem);
      else if (row.jws === undefined && row.state !== STATE.confirmed) {
        problems.push({ seq: row.seq, problem: 'unreadable' });
      }
      const { jws, ...rest } = row;
      rows.push({ ...rest, hasBody: jws !== undefined });
      await visit?.(row);
    },
  };
}

async function collect(rows: Iterable<ReportRow>, options: ReadOptions): Promise<Collected> {
  const collected = collector(options);
  for (const row of [...rows].sort((a, b) => a.seq - b.seq)) await collected.take(row);
  return collected;
}

async function readDatabase(
  { database }: OutboxFiles,
  openStore: OpenStore,
  options: ReadOptions,
): Promise<Collected & { fault: string | undefined }> {
  const nothing = { rows: [], problems: [] };
  if (!existsSync(database)) return { ...nothing, fault: 'missing' };
  const collected = collector(options);
  try {
    const store = await openStore(database, { maxPages: NO_LIMIT, readOnly: true });
    try {
      await checkVersion(store);
      if (options.thorough === true) {
        const [result] = await store.read('PRAGMA integrity_check(1)');
        if (result?.['integrity_check'] !== 'ok') return { ...nothing, fault: 'SQLITE_CORRUPT' };
      }
      for (let from = 0; ; ) {
        const chunk = await selectReports(store, 'WHERE seq > ? ORDER BY seq LIMIT ?', [from, CHUNK]);
        for (const row of chunk) await collected.take(row);
        const last = chunk.at(-1);
        if (last === undefined) return { ...collected, fault: undefined };
        from = last.seq;
      }
    } finally {
      await store.close();
    }
  } catch (error) {
    const code = storeErrorCode(error);
    if (code?.startsWith('SQLITE_') !== true) throw toFault(error, 'UNUSABLE');
    return { ...nothing, fault: code };
  }
}

async function readSecond(
  files: OutboxFiles,
  segments: readonly number[],
  withBodies: boolean,
): Promise<{ rows: Map<number, ReportRow>; damagedBytes: number }> {
  const rows = new Map<number, ReportRow>();
  let damagedBytes = 0;
  for (const number of segments) {
    // The service may just have removed it, because all in it was forgotten.
    const found = await readSegment(files.log, number).catch(() => undefined);
    if (found === undefined) continue;
    if (!(found.tornTail && number === segments.at(-1))) damagedBytes += found.damagedBytes;
    for (const record of found.records) {
      if (record.type === 'report') {
        const { seq, id, hash, jws, at } = record;
        const before = rows.get(seq);
        const body = (withBodies ? jws : undefined) ?? before?.jws;
        const confirmed = jws === undefined || before?.state === STATE.confirmed;
        const state = confirmed ? STATE.confirmed : STATE.waiting;
        const row = {
          seq,
          id,
          hash,
          at,
          jws: body,
          attempts: 0,
          accepted: undefined,
          confirmedAt: undefined,
        };
        rows.set(seq, { ...row, state });
      } else if (record.type === 'confirmed') {
        const row = rows.get(record.seq);
        if (row?.hash !== record.hash) continue;
        const { accepted, at: confirmedAt } = record;
        rows.set(record.seq, { ...row, jws: undefined, state: STATE.confirmed, accepted, confirmedAt });
      }
    }
  }
  return { rows, damagedBytes };
}
