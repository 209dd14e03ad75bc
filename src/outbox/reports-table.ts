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

/** What is to be sent of a report. */
export type OutgoingRow = SeenRow & Pick<ReportRow, 'jws'>;

/** A report as a look finds it that leaves the body on the disk. */
export type SeenRow = Pick<ReportRow, 'seq' | 'id' | 'hash' | 'state' | 'attempts' | 'at'>;

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

export async function selectOutgoing(
  store: Pick<Store, 'read'>,
  condition: string,
  values: readonly SqlValue[] = [],
): Promise<OutgoingRow[]> {
  const rows = await store.read(`SELECT ${SEEN}, jws FROM reports ${condition}`, values);
  return rows.map((row) => ({
    ...toSeen(row),
    jws: typeof row['jws'] === 'string' ? row['jws'] : undefined,
  }));
}

/** Without bodies: what a receipt or a note of a publication has to be compared with. */
export async function seeReports(store: Pick<Store, 'read'>, seqs: readonly number[]): Promise<SeenRow[]> {
  const rows = await store.read(`SELECT ${SEEN} FROM reports WHERE seq IN (SELECT value FROM json_each(?))`, [
    JSON.stringify(seqs),
  ]);
  return rows.map(toSeen);
}

const SEEN = 'seq, id, hash, state, attempts, at';

function toSeen({ seq, id, hash, state, attempts, at }: SqlRow): SeenRow {
  return {
    seq: Number(seq),
    id: String(id),
    hash: String(hash),
    at: String(at),
    state: Number(state),
    attempts: Number(attempts),
  };
}

/** A report that is new: what it has not yet is the table's default. */
export function appendReport({ seq, id, hash, jws, at }: NewReport): Statement {
  return {
    sql: 'INSERT INTO reports (seq, id, hash, jws, at) VALUES (?, ?, ?, ?, ?)',
    values: [seq, id, hash, jws, at],
  };
}

export interface NewReport extends Pick<ReportRow, 'seq' | 'id' | 'hash' | 'at'> {
  readonly jws: string;
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

/** A report as it stays when its receipt has come. */
export interface Confirmation extends Pick<ReportRow, 'seq' | 'id' | 'hash' | 'attempts' | 'at'> {
  readonly accepted: boolean;
  readonly confirmedAt: string;
}

/**
 * The bodies go, numbers and hashes stay. The rows are taken out and put in again: SQLite gives a page back only when
 * rows are deleted, and a confirmed report would otherwise keep the page of its body for years.
 */
export function confirmReports(confirmations: readonly Confirmation[]): Statement[] {
  if (confirmations.length === 0) return [];
  const rows = confirmations.map(({ seq, id, hash, attempts, accepted, at, confirmedAt }) => [
    ...[seq, id, hash, attempts, Number(accepted), at, confirmedAt],
  ]);
  return [
    {
      sql: 'DELETE FROM reports WHERE seq IN (SELECT value FROM json_each(?))',
      values: [JSON.stringify(confirmations.map(({ seq }) => seq))],
    },
    {
      sql: `INSERT INTO reports (seq, id, hash, state, attempts, accepted, at, confirmed_at)
            SELECT value ->> 0, value ->> 1, value ->> 2, ${STATE.confirmed}, value ->> 3, value ->> 4, value ->> 5,
            value ->> 6 FROM json_each(?)`,
      values: [JSON.stringify(rows)],
    },
  ];
}

/** Notes of publications; a report whose receipt came meanwhile is left as it is. */
export function markReports(marks: readonly { seq: number; attempts: number }[]): Statement[] {
  if (marks.length === 0) return [];
  return [
    {
      sql: `UPDATE reports SET state = ${STATE.sent}, attempts = marks.value ->> 1 FROM json_each(?) AS marks
            WHERE seq = marks.value ->> 0 AND state < ${STATE.confirmed}`,
      values: [JSON.stringify(marks.map(({ seq, attempts }) => [seq, attempts]))],
    },
  ];
}

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
