import { type CountersignError, isCountersignError } from '../domain/errors.js';
import { outboxFault } from './errors.js';

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

export interface Statement {
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/**
 * The narrow door to SQLite; one connection, one process.
 *
 * - `write` runs its statements in one transaction and resolves after fsync; on rejection nothing of it happened, or
 *   it is unknown whether it did (an error of the disk): then the store is closed and opened again.
 * - Calls are done one after the other, in the order in which they were made: a read never sees half a transaction.
 * - Rejections carry SQLite's own name in `code` (`SQLITE_FULL`, `SQLITE_CORRUPT`, `SQLITE_IOERR`, …).
 */
export interface Store {
  read(sql: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Rows that each statement changed. */
  write(statements: readonly Statement[]): Promise<number[]>;
  close(): Promise<void>;
  readonly driver: string;
}

export interface StoreLimits {
  /** Most pages of 4 KB that the file may have. */
  readonly maxPages: number;
  /** Look only, also while the service has the file: nothing is created, set or moved into the database. */
  readonly readOnly?: boolean;
}

/** Opens the file, or makes it; the settings are applied. */
export type OpenStore = (file: string, limits: StoreLimits) => Promise<Store>;

export function storeErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** True where the file's content is the trouble, not the disk or the rights on it. */
export function isDamage(error: unknown): boolean {
  const code = storeErrorCode(error);
  const says = error instanceof Error ? error.message : '';
  return (
    code === 'SQLITE_CORRUPT' ||
    code === 'SQLITE_NOTADB' ||
    /no such (table|column)|malformed|short read/.test(says)
  );
}

/** Errors after which what SQLite holds in memory may still be believed: nothing was wrong with the disk. */
const HARMLESS = /^SQLITE_(FULL|CONSTRAINT|BUSY|MISUSE)/;

/** An error of the disk, or damage: the store has to be closed, opened and read back before it is used again. */
export function isSuspicious(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].some((each) => {
    const code = storeErrorCode(each);
    return isDamage(each) || (code?.startsWith('SQLITE_') === true && !HARMLESS.test(code));
  });
}

/** The outbox's own fault for whatever the store or the file system said. */
export function toFault(
  error: unknown,
  otherwise: 'WRITE_FAILED' | 'UNUSABLE' = 'WRITE_FAILED',
): CountersignError {
  if (isCountersignError(error)) return error;
  const code = storeErrorCode(error) ?? 'unknown';
  const details = { code };
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return outboxFault('FULL', { cause: error, details });
  }
  if (['SQLITE_READONLY', 'SQLITE_CANTOPEN', 'EROFS', 'EACCES', 'EPERM'].includes(code)) {
    return outboxFault('READ_ONLY', { cause: error, details });
  }
  return outboxFault(otherwise, { cause: error, details });
}
