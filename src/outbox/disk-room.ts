import { rm, stat, statfs, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { OutboxFiles } from './files.js';
import { PAGE_BYTES } from './settings.js';
import { type Store, storeErrorCode, toFault } from './store.js';

/** Room that one more visit may take: two reports of a transfer at their largest, and the pages that hold them. */
const VISIT_PAGES = 128;
/** The same in both copies and in SQLite's log, and a little for the rest of the system. */
const LEAST_FREE_BYTES = 4 * 1024 * 1024;

/** Half of the quota is the database's: the second copy holds the same once more. */
export function pagesOf(quotaMb: number): number {
  return Math.floor((quotaMb * 1024 * 1024) / 2 / PAGE_BYTES);
}

/** Will the next visit's report still fit, within the quota and on the disk? */
export async function hasRoomFor(
  store: Pick<Store, 'read'>,
  files: OutboxFiles,
  maxPages: number,
): Promise<boolean> {
  const [count] = await store.read('PRAGMA page_count');
  const [free] = await store.read('PRAGMA freelist_count');
  const used = Number(count?.['page_count'] ?? 0) - Number(free?.['freelist_count'] ?? 0);
  return maxPages - used >= VISIT_PAGES && (await freeBytes(files.directory)) >= LEAST_FREE_BYTES;
}

/** Makes the reserve when it is missing and there is plenty of room besides it. */
export async function keepReserve(files: OutboxFiles, reserveKb: number): Promise<void> {
  const bytes = reserveKb * 1024;
  try {
    const there = await stat(files.reserve).catch(() => undefined);
    if (there?.size === bytes || (await freeBytes(files.directory)) < bytes + LEAST_FREE_BYTES) return;
    // Not zeros: a compressing file system would keep no room for them.
    await writeFile(files.reserve, Buffer.alloc(bytes, 0xa5), { mode: 0o600 });
  } catch {
    // Without the reserve a full disk only means that receipts wait too; nothing is lost by that.
  }
}

/** True when room was made. A queue that fills its quota on a disk with room has no use for it. */
export async function giveUpReserve(files: OutboxFiles, logger: Logger | undefined): Promise<boolean> {
  const there = await stat(files.reserve).catch(() => undefined);
  if (there === undefined || there.size === 0) return false;
  if ((await freeBytes(files.directory)) > LEAST_FREE_BYTES) return false;
  await rm(files.reserve, { force: true });
  logger?.warn('the disk is full: the reserve was given up so that receipts can be taken');
  return true;
}

/**
 * Moves SQLite's log into the database, so that the next commits write over the log instead of making it longer: else
 * the log uses up what a full disk has left within a receipt or two. The log keeps its length, because whoever filled
 * the disk would take that room too.
 */
export async function reuseLog(store: Pick<Store, 'read'>, files: OutboxFiles): Promise<void> {
  const free = await freeBytes(files.directory);
  if (free > LEAST_FREE_BYTES) return;
  const [count] = await store.read('PRAGMA page_count');
  const growth = Number(count?.['page_count'] ?? 0) * PAGE_BYTES - (await stat(files.database)).size;
  // Half of it moved is worse than none: the room would be gone, and the log still needed.
  if (growth > free) return;
  try {
    await store.read('PRAGMA wal_checkpoint(PASSIVE)');
  } catch (error) {
    // Somebody else took the room meanwhile; the log has all, and what is left may still do.
    if (storeErrorCode(toFault(error)) !== 'OUTBOX_FULL') throw error;
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
