import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { hashOf } from './chain.js';
import { outboxFault } from './errors.js';
import {
  createTables,
  insertReport,
  type ReportRow,
  rowsFromLog,
  STATE,
  selectReports,
} from './reports-table.js';
import { readSegments } from './segments.js';
import { checkSettings } from './settings.js';
import { type OpenStore, type Store, storeErrorCode } from './store.js';

export interface OutboxFiles {
  readonly database: string;
  readonly log: string;
  readonly quarantine: string;
  readonly reserve: string;
}

export function outboxFiles(directory: string): OutboxFiles {
  return {
    database: join(directory, 'outbox.sqlite'),
    log: join(directory, 'outbox-log'),
    quarantine: join(directory, 'quarantine'),
    reserve: join(directory, 'outbox-reserve'),
  };
}

/**
 * Opens the store. A damaged one is moved aside, never deleted, and begun anew with the union of what can still be
 * read in it and of the second copy; the cause is then marked on the next report.
 */
export async function openOrRecover(
  files: OutboxFiles,
  options: { maxPages: number; openStore: OpenStore; logger?: Logger },
): Promise<{ store: Store; restartedBecause: string | undefined }> {
  const { openStore, maxPages, logger } = options;
  const lost = !existsSync(files.database) && (await readSegments(files.log)).records.length > 0;
  let salvaged: ReportRow[] = [];
  let cause = lost ? 'database-missing' : undefined;
  try {
    const store = await openChecked(files.database, openStore, maxPages);
    if (lost) await insertAll(store, await union(files, []));
    return { store, restartedBecause: cause };
  } catch (error) {
    if (!isDamage(error)) throw wrap(error);
    cause = 'database-damaged';
    logger?.error({ err: error }, 'the queue is damaged: it is moved aside and begun anew');
    salvaged = await salvage(files.database, openStore, maxPages);
  }
  await quarantine(files);
  const store = await openChecked(files.database, openStore, maxPages).catch((error: unknown) => {
    throw wrap(error);
  });
  await insertAll(store, await union(files, salvaged));
  return { store, restartedBecause: cause };
}

async function openChecked(file: string, openStore: OpenStore, maxPages: number): Promise<Store> {
  const store = await openStore(file, { maxPages });
  try {
    await checkSettings(store);
    const [result] = await store.read('PRAGMA quick_check(1)');
    if (result?.['quick_check'] !== 'ok') {
      throw Object.assign(new Error('quick_check failed'), { code: 'SQLITE_CORRUPT' });
    }
    await createTables(store);
    // Rows that were changed behind SQLite's back would leave with a hash that does not fit.
    return store;
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

function isDamage(error: unknown): boolean {
  const code = storeErrorCode(error);
  const missing = error instanceof Error && /no such (table|column)|malformed/.test(error.message);
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB' || missing;
}

function wrap(error: unknown): unknown {
  const code = storeErrorCode(error);
  if (code?.startsWith('OUTBOX_') === true) return error;
  if (code === 'SQLITE_READONLY' || code === 'SQLITE_CANTOPEN')
    return outboxFault('READ_ONLY', { cause: error });
  if (code === 'SQLITE_FULL') return outboxFault('FULL', { cause: error });
  return outboxFault('UNUSABLE', { cause: error });
}

/** Row by row: a damaged page then costs the rows on it, not the rest. */
async function salvage(file: string, openStore: OpenStore, maxPages: number): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  let store: Store;
  try {
    store = await openStore(file, { maxPages });
  } catch {
    return rows;
  }
  try {
    let from = 0;
    let misses = 0;
    while (misses < 1000) {
      const batch = await selectReports(store, 'WHERE seq > ? ORDER BY seq LIMIT 50', [from]).catch(
        () => undefined,
      );
      if (batch === undefined) {
        const [one] = await selectReports(store, 'WHERE seq = ?', [++from]).catch(() => []);
        if (one === undefined) misses++;
        else rows.push(one);
        continue;
      }
      const last = batch.at(-1);
      if (last === undefined) break;
      rows.push(...batch);
      from = last.seq;
    }
  } finally {
    await store.close().catch(() => {});
  }
  return rows.filter((row) => row.jws === undefined || hashOf(row.jws) === row.hash);
}

/** Both copies; where they disagree the one whose body fits its hash counts, and a confirmation is never taken back. */
async function union(files: OutboxFiles, salvaged: readonly ReportRow[]): Promise<ReportRow[]> {
  const rows = rowsFromLog((await readSegments(files.log)).records);
  for (const row of salvaged) {
    const known = rows.get(row.seq);
    if (known === undefined || (known.hash === row.hash && row.state === STATE.confirmed))
      rows.set(row.seq, row);
  }
  return [...rows.values()]
    .filter((row) => row.jws === undefined || hashOf(row.jws) === row.hash)
    .map((row) => (row.state === STATE.sent ? { ...row, state: STATE.waiting } : row))
    .sort((a, b) => a.seq - b.seq);
}

const BATCH = 500;

async function insertAll(store: Store, rows: readonly ReportRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH)
    await store.write(rows.slice(at, at + BATCH).map(insertReport));
}

async function quarantine(files: OutboxFiles): Promise<void> {
  await mkdir(files.quarantine, { recursive: true, mode: 0o700 });
  const number = (await readdir(files.quarantine)).length + 1;
  const target = join(files.quarantine, String(number).padStart(4, '0'));
  await mkdir(target, { mode: 0o700 });
  for (const suffix of ['', '-wal', '-shm']) {
    await rename(`${files.database}${suffix}`, join(target, `outbox.sqlite${suffix}`)).catch(
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      },
    );
  }
}
