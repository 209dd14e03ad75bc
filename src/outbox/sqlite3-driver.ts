import sqlite3 from 'sqlite3';
import { databaseUri, openingPragmas } from './settings.js';
import type { OpenStore, SqlRow, SqlValue, Statement } from './store.js';

/** SQLite through the sqlite3 package: its own thread pool does the disk work. */
export const openSqlite3Store: OpenStore = async (file, limits) => {
  const database = await connect(file, limits.readOnly === true);
  const { known, prepare, forget } = statementsOf(database);
  const run = async (sql: string, values: readonly SqlValue[] = []): Promise<number> => {
    const statement = known(sql) ?? (await prepare(sql));
    return new Promise((resolve, reject) => {
      statement.run([...values], function (error: Error | null) {
        if (error === null) return resolve(this.changes);
        forget(sql);
        reject(error);
      });
    });
  };
  const all = async (sql: string, values: readonly SqlValue[] = []): Promise<SqlRow[]> => {
    const statement = known(sql) ?? (await prepare(sql));
    return new Promise((resolve, reject) => {
      statement.all<SqlRow>([...values], (error, rows) => {
        if (error === null) return resolve(rows);
        forget(sql);
        reject(error);
      });
    });
  };
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      forget();
      database.close((error) => (error === null ? resolve() : reject(error)));
    });
  const transact = async (statements: readonly Statement[]): Promise<number[]> => {
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
  };
  try {
    for (const pragma of openingPragmas(limits)) await all(pragma);
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  const inTurn = oneAfterTheOther();
  return {
    driver: 'sqlite3',
    read: (sql, values) => inTurn(() => all(sql, values)),
    write: (statements) => inTurn(() => transact(statements)),
    close: () => inTurn(close),
  };
};

const MOST_PREPARED = 20;

/** Parsed once: the same few statements come again and again. One that failed is parsed anew, so that it starts clean. */
function statementsOf(database: sqlite3.Database) {
  const statements = new Map<string, sqlite3.Statement>();
  const forget = (sql?: string): void => {
    for (const [each, statement] of [...statements]) {
      if (sql !== undefined && each !== sql) continue;
      statements.delete(each);
      statement.finalize();
    }
  };
  const known = (sql: string): sqlite3.Statement | undefined => {
    const found = statements.get(sql);
    if (found === undefined) return undefined;
    // To the end of the line: the one that was not used for the longest goes first.
    statements.delete(sql);
    statements.set(sql, found);
    return found;
  };
  const prepare = async (sql: string): Promise<sqlite3.Statement> => {
    const [oldest] = statements.keys();
    if (statements.size >= MOST_PREPARED && oldest !== undefined) forget(oldest);
    const made = await new Promise<sqlite3.Statement>((resolve, reject) => {
      const statement = database.prepare(sql, (error: Error | null) => {
        if (error === null) resolve(statement);
        else reject(error);
      });
    });
    statements.set(sql, made);
    return made;
  };
  return { known, prepare, forget };
}

/** One connection has one transaction: a read that slipped between BEGIN and COMMIT would see what may be undone. */
function oneAfterTheOther(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
}

function connect(file: string, readOnly: boolean): Promise<sqlite3.Database> {
  const { OPEN_READONLY, OPEN_READWRITE, OPEN_CREATE, OPEN_URI, OPEN_FULLMUTEX } = sqlite3;
  const mode = readOnly ? OPEN_READONLY : OPEN_READWRITE | OPEN_CREATE;
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(
      databaseUri(file, readOnly ? 'ro' : undefined),
      mode | OPEN_URI | OPEN_FULLMUTEX,
      (error) => (error === null ? resolve(database) : reject(error)),
    );
  });
}
