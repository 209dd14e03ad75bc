import type { LogRecord } from './frames.js';
import type { SqlRow, SqlValue, Statement, Store } from './store.js';

/** 0 waiting, 1 sent, 2 confirmed. */
export const STATE = { waiting: 0, sent: 1, confirmed: 2 } as const;

/**
 * Small on purpose: few pages are touched by one append, so little is written to the card. The one index serves
 * idempotence; ids are version 7, so they are inserted at its end.
 */
const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS reports (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    jws TEXT,
    state INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER,
    at TEXT NOT NULL,
    confirmed_at TEXT
  ) STRICT`,
  `CREATE TABLE IF NOT EXISTS facts (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
];

export interface ReportRow {
  readonly seq: number;
  readonly id: string;
  readonly hash: string;
  readonly jws: string | undefined;
  readonly state: number;
  readonly attempts: number;
  readonly accepted: boolean | undefined;
  readonly at: string;
  readonly confirmedAt: string | undefined;
}

export async function createTables(store: Store): Promise<void> {
  // A write at every start would wear the card for nothing.
  const tables = await store.read("SELECT name FROM sqlite_schema WHERE name IN ('reports', 'facts')");
  if (tables.length < SCHEMA.length) await store.write(SCHEMA.map((sql) => ({ sql })));
}

export async function selectReports(
  store: Pick<Store, 'read'>,
  condition: string,
  values: readonly SqlValue[] = [],
): Promise<ReportRow[]> {
  return (await store.read(`SELECT * FROM reports ${condition}`, values)).map(toRow);
}

/** `replace`: whatever has that number or id gives way. */
export function insertReport(row: ReportRow, replace = false): Statement {
  const { seq, id, hash, jws = null, state, attempts, accepted, at, confirmedAt = null } = row;
  return {
    sql: `INSERT ${replace ? 'OR REPLACE ' : ''}INTO reports
          (seq, id, hash, jws, state, attempts, accepted, at, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    values: [
      seq,
      id,
      hash,
      jws,
      state,
      attempts,
      accepted === undefined ? null : Number(accepted),
      at,
      confirmedAt,
    ],
  };
}

/**
 * The body goes, number and hash stay. The row is taken out and put in again: SQLite gives a page back only when rows
 * are deleted, and a confirmed report would otherwise keep the page of its body for years.
 */
export function confirmReport(row: ConfirmableRow, accepted: boolean, confirmedAt: string): Statement[] {
  const { seq, id, hash, attempts, at } = row;
  const bare = { jws: undefined, state: STATE.confirmed, accepted, confirmedAt };
  return [
    { sql: 'DELETE FROM reports WHERE seq = ?', values: [seq] },
    insertReport({ seq, id, hash, attempts, at, ...bare }),
  ];
}

export type ConfirmableRow = Pick<ReportRow, 'seq' | 'id' | 'hash' | 'attempts' | 'at'>;

/** `revision` counts up with every fact: of two copies, the one with the higher is the newer. */
export function rememberFact(key: string, value: string, revision: number): Statement {
  return {
    sql: `INSERT INTO facts (key, value, revision) VALUES (?, ?, ?)
          ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision`,
    values: [key, value, revision],
  };
}

export async function recallFact(store: Pick<Store, 'read'>, key: string): Promise<string | undefined> {
  const [row] = await store.read('SELECT value FROM facts WHERE key = ?', [key]);
  return row === undefined ? undefined : String(row['value']);
}

export interface States {
  readonly waiting: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly lastSeq: number;
}

export async function countStates(store: Store): Promise<States> {
  const states = { waiting: 0, sent: 0, confirmed: 0, lastSeq: 0 };
  for (const row of await store.read(
    'SELECT state, count(*) AS n, max(seq) AS top FROM reports GROUP BY state',
  )) {
    const count = Number(row['n']);
    if (row['state'] === STATE.waiting) states.waiting = count;
    else if (row['state'] === STATE.sent) states.sent = count;
    else states.confirmed += count;
    states.lastSeq = Math.max(states.lastSeq, Number(row['top']));
  }
  return states;
}

/** How a row is written in the second copy: one record, and a second when it is confirmed. */
export function recordsOf(row: ReportRow): LogRecord[] {
  const { seq, id, hash, jws, at, state, accepted = true, confirmedAt = at } = row;
  if (state !== STATE.confirmed)
    return [{ type: 'report', seq, id, hash, at, ...(jws === undefined ? {} : { jws }) }];
  return [
    { type: 'report', seq, id, hash, at },
    { type: 'confirmed', seq, hash, accepted, at: confirmedAt },
  ];
}

function toRow(row: SqlRow): ReportRow {
  const text = (key: string): string | undefined => {
    const value = row[key];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    seq: Number(row['seq']),
    id: text('id') ?? '',
    hash: text('hash') ?? '',
    jws: text('jws'),
    state: Number(row['state']),
    attempts: Number(row['attempts']),
    accepted: row['accepted'] === null ? undefined : row['accepted'] === 1,
    at: text('at') ?? '',
    confirmedAt: text('confirmed_at'),
  };
}
