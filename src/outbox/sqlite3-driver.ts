import sqlite3 from 'sqlite3';
import { databaseUri, openingPragmas } from './settings.js';
import type { OpenStore, SqlValue } from './store.js';

type Row = Record<string, SqlValue>;

/** SQLite through the sqlite3 package: its own thread pool does the disk work. */
export const openSqlite3Store: OpenStore = async (file, { maxPages }) => {
  const database = await connect(file);
  const run = (sql: string, values: readonly SqlValue[] = []): Promise<number> =>
    new Promise((resolve, reject) => {
      database.run(sql, [...values], function (error) {
        if (error === null) resolve(this.changes);
        else reject(error);
      });
    });
  const read = (sql: string, values: readonly SqlValue[] = []): Promise<Row[]> =>
    new Promise((resolve, reject) => {
      database.all<Row>(sql, [...values], (error, rows) => (error === null ? resolve(rows) : reject(error)));
    });
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      database.close((error) => (error === null ? resolve() : reject(error)));
    });
  try {
    for (const pragma of openingPragmas(maxPages)) await read(pragma);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    driver: 'sqlite3',
    read,
    close,
    async write(statements) {
      const [only] = statements;
      // A single statement is a transaction of its own.
      if (statements.length === 1 && only !== undefined) return [await run(only.sql, only.values)];
      await run('BEGIN IMMEDIATE');
      try {
        const changes: number[] = [];
        for (const { sql, values } of statements) changes.push(await run(sql, values));
        await run('COMMIT');
        return changes;
      } catch (error) {
        // Some errors end the transaction by themselves; then there is nothing to roll back.
        await run('ROLLBACK').catch(() => 0);
        throw error;
      }
    },
  };
};

function connect(file: string): Promise<sqlite3.Database> {
  const mode = sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE | sqlite3.OPEN_URI | sqlite3.OPEN_FULLMUTEX;
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(databaseUri(file), mode, (error) => {
      if (error === null) resolve(database);
      else reject(error);
    });
  });
}
