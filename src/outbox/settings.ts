import { outboxFault } from './errors.js';
import type { Store, StoreLimits } from './store.js';

/** Bytes of a page; the quota is counted in pages. */
export const PAGE_BYTES = 4096;

/**
 * Settings under which a simulated power cut lost nothing: the log is synced at every commit (FULL; NORMAL loses what
 * was acknowledged since the last checkpoint), and the file is opened with `psow=0`, because cheap cards may damage
 * the end of a sector while the next one is written. `secure_delete` wipes the sealed body when it leaves its row.
 */
export function openingPragmas({ maxPages, readOnly = false }: StoreLimits): string[] {
  if (readOnly)
    return ['PRAGMA busy_timeout = 5000', 'PRAGMA query_only = ON', 'PRAGMA trusted_schema = OFF'];
  return [
    'PRAGMA busy_timeout = 5000',
    `PRAGMA page_size = ${PAGE_BYTES}`,
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = FULL',
    // About 0.8 MB of log between two checkpoints.
    'PRAGMA wal_autocheckpoint = 200',
    'PRAGMA journal_size_limit = 4194304',
    'PRAGMA secure_delete = ON',
    'PRAGMA trusted_schema = OFF',
    `PRAGMA max_page_count = ${maxPages}`,
  ];
}

/** The file as SQLite's URI, with power-safe overwrite switched off. */
export function databaseUri(file: string, mode?: 'ro'): string {
  const path = encodeURI(file).replaceAll('?', '%3f').replaceAll('#', '%23');
  return `file:${path}?psow=0${mode === undefined ? '' : `&mode=${mode}`}`;
}

/** A setting that SQLite silently did not take would lose reports one day: read them back. */
export async function checkSettings(store: Store): Promise<void> {
  await checkVersion(store);
  const journal = String(await one(store, 'PRAGMA journal_mode'));
  const synchronous = Number(await one(store, 'PRAGMA synchronous'));
  const secureDelete = Number(await one(store, 'PRAGMA secure_delete'));
  const pageBytes = Number(await one(store, 'PRAGMA page_size'));
  if (journal !== 'wal' || synchronous !== 2 || secureDelete !== 1 || pageBytes !== PAGE_BYTES) {
    throw outboxFault('SETTINGS_REFUSED', { details: { journal, synchronous, secureDelete, pageBytes } });
  }
}

/** @throws OUTBOX_SQLITE_TOO_OLD */
export async function checkVersion(store: Store): Promise<void> {
  const version = String(await one(store, 'SELECT sqlite_version()'));
  if (!isSafeVersion(version)) throw outboxFault('SQLITE_TOO_OLD', { details: { version } });
}

async function one(store: Store, sql: string): Promise<unknown> {
  const [row] = await store.read(sql);
  return row === undefined ? undefined : Object.values(row)[0];
}

/** 3.51.3 or newer, or one of the branches into which the cure of the WAL-reset fault was carried back. */
export function isSafeVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3) return major > 3;
  if (minor === 44) return patch >= 6;
  if (minor === 50) return patch >= 7;
  return minor > 51 || (minor === 51 && patch >= 3);
}
