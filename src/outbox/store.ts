export type SqlValue = string | number | null;

export interface Statement {
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/**
 * The narrow door to SQLite; one connection, one process.
 *
 * - `write` runs its statements in one transaction and resolves after fsync; on rejection nothing of it happened.
 *   Calls are made one after the other by the outbox.
 * - Rejections carry SQLite's own name in `code` (`SQLITE_FULL`, `SQLITE_CORRUPT`, `SQLITE_IOERR`, …).
 */
export interface Store {
  read(sql: string, values?: readonly SqlValue[]): Promise<Record<string, SqlValue>[]>;
  /** Rows that each statement changed. */
  write(statements: readonly Statement[]): Promise<number[]>;
  close(): Promise<void>;
  readonly driver: string;
}

/** Opens the file, or makes it; the settings are applied and read back. */
export type OpenStore = (file: string, limits: { maxPages: number }) => Promise<Store>;

export function storeErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
