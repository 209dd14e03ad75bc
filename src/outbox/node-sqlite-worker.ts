import { parentPort, workerData } from 'node:worker_threads';
import type { SqlValue, Statement } from './store.js';
import type { StoreAnswer, StoreRequest } from './store-thread.js';

/** The part of node:sqlite that is used here; the types of Node 20 do not have it yet. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    uri: string,
  ) => {
    readonly isTransaction?: boolean;
    prepare(sql: string): {
      all(...values: readonly SqlValue[]): unknown[];
      run(...values: readonly SqlValue[]): { readonly changes: number | bigint };
    };
    exec(sql: string): void;
    close(): void;
  };
}

/** Runs in a thread of its own: statements one after the other, answers in order. */

const CODES: Readonly<Record<number, string>> = {
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  19: 'SQLITE_CONSTRAINT',
  26: 'SQLITE_NOTADB',
};

/** Parsed once: the same few statements come again and again. */
const prepared = new Map<string, ReturnType<InstanceType<NodeSqlite['DatabaseSync']>['prepare']>>();

const { uri, pragmas } = workerData as { uri: string; pragmas: string[] };
const port = parentPort;
if (port === null) throw new Error('not a thread');

const sqlite = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;
if (sqlite === undefined) throw new Error('this Node has no SQLite of its own');

function answer(work: () => unknown): void {
  let reply: StoreAnswer;
  try {
    reply = { ok: true, value: work() };
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    const code = CODES[(errcode ?? 1) & 0xff] ?? 'SQLITE_ERROR';
    reply = { ok: false, message: error instanceof Error ? error.message : String(error), code };
  }
  port?.postMessage(reply);
}

let database: InstanceType<NodeSqlite['DatabaseSync']> | undefined;
answer(() => {
  const { DatabaseSync } = sqlite;
  database = new DatabaseSync(uri);
  for (const pragma of pragmas) database.prepare(pragma).all();
});

function write(statements: readonly Statement[]): number[] {
  const open = opened();
  const run = ({ sql, values = [] }: Statement): number => Number(statementOf(sql).run(...values).changes);
  const [only] = statements;
  if (statements.length === 1 && only !== undefined) return [run(only)];
  open.exec('BEGIN IMMEDIATE');
  try {
    const changes = statements.map(run);
    open.exec('COMMIT');
    return changes;
  } catch (error) {
    if (open.isTransaction !== false) open.exec('ROLLBACK');
    throw error;
  }
}

function statementOf(sql: string) {
  const known = prepared.get(sql) ?? opened().prepare(sql);
  if (prepared.size < 50) prepared.set(sql, known);
  return known;
}

function opened() {
  if (database === undefined) throw new Error('the database is not open');
  return database;
}

port.on('message', (request: StoreRequest) => {
  if (request.type === 'read')
    answer(() =>
      opened()
        .prepare(request.sql)
        .all(...request.values),
    );
  else if (request.type === 'write') answer(() => write(request.statements));
  else answer(() => database?.close());
});
