import { outboxFault } from './errors.js';
import type { Store } from './store.js';

/** Bytes of a page; the quota is counted in pages. */
export const PAGE_BYTES = 4096;

/**
 * Settings under which a simulated power cut lost nothing: the log is synced at every commit (FULL; NORMAL loses what
 * was acknowledged since the last checkpoint), and the file is opened with `psow=0`, because cheap cards may damage
 * the end of a sector while the next one is written.
 */
export function openingPragmas(maxPages: number): string[] {
  return [
    'PRAGMA busy_timeout = 5000',
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = FULL',
    'PRAGMA wal_autocheckpoint = 200',
    'PRAGMA journal_size_limit = 4194304',
    'PRAGMA foreign_keys = ON',
    'PRAGMA trusted_schema = OFF',
    `PRAGMA max_page_count = ${maxPages}`,
  ];
}

/** The file as SQLite's URI, with power-safe overwrite switched off. */
export function databaseUri(file: string): string {
  return `file:${encodeURI(file).replaceAll('?', '%3f').replaceAll('#', '%23')}?psow=0`;
}

/** A setting that SQLite silently did not take would lose reports one day: read them back. */
export async function checkSettings(store: Store): Promise<void> {
  const [version] = await store.read('SELECT sqlite_version() AS version');
  const name = String(version?.['version']);
  if (!isSafeVersion(name)) throw outboxFault('SQLITE_TOO_OLD', { details: { version: name } });
  const [journal] = await store.read('PRAGMA journal_mode');
  const [synchronous] = await store.read('PRAGMA synchronous');
  if (journal?.['journal_mode'] !== 'wal' || synchronous?.['synchronous'] !== 2) {
    throw outboxFault('SETTINGS_REFUSED', {
      details: {
        journal: String(journal?.['journal_mode']),
        synchronous: String(synchronous?.['synchronous']),
      },
    });
  }
}

/** 3.51.3 or newer, or one of the branches into which the cure of the WAL-reset fault was carried back. */
export function isSafeVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3) return major > 3;
  if (minor === 44) return patch >= 6;
  if (minor === 50) return patch >= 7;
  return minor > 51 || (minor === 51 && patch >= 3);
}
