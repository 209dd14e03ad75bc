import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from 'pino';
import { isSound } from './chain.js';
import type { OutboxFiles } from './files.js';
import {
  createTables,
  insertReport,
  type ReportRow,
  rememberFact,
  STATE,
  selectReports,
} from './reports-table.js';
import { hasRecords } from './segments.js';
import { checkSettings } from './settings.js';
import { isDamage, type OpenStore, type Store, toFault } from './store.js';

/** Key of the fact that the next report is to bear a mark; its value is the cause. */
export const CHAIN_RESTART = 'chain-restart';

export interface RecoveryOptions {
  readonly maxPages: number;
  readonly openStore: OpenStore;
  readonly logger?: Logger;
}

/**
 * Opens the store. A damaged one is moved aside, never deleted, and begun anew with what can still be read in it; the
 * cause is noted for the next report. What the second copy has besides is adopted afterwards (`reconcile`).
 */
export async function openOrRecover(files: OutboxFiles, options: RecoveryOptions): Promise<Store> {
  const { openStore, maxPages, logger } = options;
  const logged = await hasRecords(files.log);
  const existed = existsSync(files.database);
  try {
    const store = await openChecked(files.database, openStore, maxPages);
    if (logged && (await isEmpty(store))) {
      await store.write([rememberFact(CHAIN_RESTART, existed ? 'database-emptied' : 'database-missing', 0)]);
    }
    return store;
  } catch (error) {
    if (!isDamage(error)) throw toFault(error, 'UNUSABLE');
    logger?.error({ err: error }, 'the queue is damaged: it is moved aside and begun anew');
  }
  try {
    const aside = await moveAside(files);
    const store = await openChecked(files.database, openStore, maxPages);
    await store.write([rememberFact(CHAIN_RESTART, 'database-damaged', 0)]);
    const rows = await salvage(join(aside, basename(files.database)), openStore, maxPages);
    await insertAll(store, rows);
    logger?.warn(
      { salvaged: rows.length },
      'reports that could still be read in the damaged queue were taken over',
    );
    return store;
  } catch (error) {
    throw toFault(error, 'UNUSABLE');
  }
}

async function openChecked(file: string, openStore: OpenStore, maxPages: number): Promise<Store> {
  // SQLite would make it readable to all; its log takes the rights of this file.
  await (await open(file, 'a', 0o600)).close();
  const store = await openStore(file, { maxPages });
  try {
    await checkSettings(store);
    const [result] = await store.read('PRAGMA integrity_check(1)');
    if (result?.['integrity_check'] !== 'ok') {
      throw Object.assign(new Error('integrity_check failed'), { code: 'SQLITE_CORRUPT' });
    }
    await createTables(store);
    await selectReports(store, 'LIMIT 1');
    return store;
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

/** The service remembers something at every start, so a queue that was ever used is not empty. */
async function isEmpty(store: Store): Promise<boolean> {
  const [row] = await store.read('SELECT (SELECT count(*) FROM facts) + (SELECT count(*) FROM reports) AS n');
  return row?.['n'] === 0;
}

/** A place of its own for each time, named by number: the clock may be wrong. */
export async function nextQuarantine(files: OutboxFiles): Promise<string> {
  await mkdir(files.quarantine, { recursive: true, mode: 0o700 });
  const taken = (await readdir(files.quarantine)).map((name) => Number.parseInt(name, 10) || 0);
  const target = join(files.quarantine, String(Math.max(0, ...taken) + 1).padStart(4, '0'));
  await mkdir(target, { mode: 0o700 });
  return target;
}

async function moveAside(files: OutboxFiles): Promise<string> {
  const target = await nextQuarantine(files);
  // The log first: were it left behind alone, it would be taken for the new database's.
  for (const suffix of ['-wal', '-shm', '']) {
    const name = `${basename(files.database)}${suffix}`;
    await rename(join(files.directory, name), join(target, name)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
  return target;
}

/** Numbers that may be missing in a damaged queue before the search is given up; the second copy has the rest. */
const MOST_MISSES = 1000;

/** Row by row where a page is damaged: it then costs the rows on it, not the rest. */
async function salvage(file: string, openStore: OpenStore, maxPages: number): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  let store: Store;
  try {
    store = await openStore(file, { maxPages, readOnly: true });
  } catch {
    return rows;
  }
  try {
    let misses = 0;
    for (let from = 0; misses < MOST_MISSES; ) {
      const batch = await selectReports(store, 'WHERE seq > ? ORDER BY seq LIMIT 50', [from]).catch(
        () => undefined,
      );
      if (batch?.length === 0) break;
      // Where the page is damaged: one by one, until it is behind us.
      const found = batch ?? (await selectReports(store, 'WHERE seq = ?', [from + 1]).catch(() => []));
      if (found.length === 0) misses++;
      rows.push(...found);
      from = Math.max(from + 1, found.at(-1)?.seq ?? 0);
    }
  } finally {
    await store.close().catch(() => {});
  }
  return rows.filter(isUsable);
}

/** A body proves itself by its hash; a confirmed row has none, and the second copy knows it better where it is whole. */
function isUsable(row: ReportRow): boolean {
  const named = Number.isSafeInteger(row.seq) && row.seq > 0 && /^[\w-]{43}$/.test(row.hash) && row.id !== '';
  return named && (isSound(row) || (row.jws === undefined && row.state === STATE.confirmed));
}

const BATCH = 200;

async function insertAll(store: Store, rows: readonly ReportRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH) {
    await store.write(rows.slice(at, at + BATCH).map((row) => insertReport(waitingAgain(row), true)));
  }
}

function waitingAgain(row: ReportRow): ReportRow {
  return row.jws === undefined ? row : { ...row, state: STATE.waiting };
}
