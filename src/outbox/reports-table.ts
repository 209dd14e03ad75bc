import type { LogRecord } from './frames.js';
import type { SqlValue, Statement, Store } from './store.js';

/** 0 waiting, 1 sent, 2 confirmed. */
export const STATE = { waiting: 0, sent: 1, confirmed: 2 } as const;

/** Small on purpose: few pages are touched by one append, so little is written to the card. */
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
  // With a million rows waiting, or a million confirmed, the next one is found in the same few steps.
  'CREATE INDEX IF NOT EXISTS waiting ON reports(seq) WHERE state = 0',
  'CREATE INDEX IF NOT EXISTS sent ON reports(seq) WHERE state = 1',
  'CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
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
  await store.write(SCHEMA.map((sql) => ({ sql })));
}

export async function selectReports(
  store: Store,
  condition: string,
  values: readonly SqlValue[] = [],
): Promise<ReportRow[]> {
  return (await store.read(`SELECT * FROM reports ${condition}`, values)).map(toRow);
}

export function insertReport(row: ReportRow): Statement {
  const { seq, id, hash, jws = null, state, attempts, accepted, at, confirmedAt = null } = row;
  return {
    sql: `INSERT OR IGNORE INTO reports (seq, id, hash, jws, state, attempts, accepted, at, confirmed_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

export async function countStates(
  store: Store,
): Promise<{ waiting: number; sent: number; confirmed: number; lastSeq: number }> {
  const one = async (sql: string): Promise<number> => Number((await store.read(sql))[0]?.['n'] ?? 0);
  return {
    waiting: await one('SELECT count(*) AS n FROM reports WHERE state = 0'),
    sent: await one('SELECT count(*) AS n FROM reports WHERE state = 1'),
    confirmed: await one('SELECT count(*) AS n FROM reports WHERE state = 2'),
    lastSeq: await one('SELECT max(seq) AS n FROM reports'),
  };
}

/** What the second copy says of each report: the last word on each counts. */
export function rowsFromLog(records: readonly LogRecord[]): Map<number, ReportRow> {
  const rows = new Map<number, ReportRow>();
  for (const record of records) {
    if (record.type === 'report') {
      const { seq, id, hash, jws, at } = record;
      const known = rows.get(seq);
      rows.set(seq, {
        seq,
        id,
        hash,
        jws: jws ?? known?.jws,
        // A report without body was confirmed before its segment was written anew.
        state: known?.state ?? (jws === undefined ? STATE.confirmed : STATE.waiting),
        attempts: 0,
        accepted: known?.accepted,
        at,
        confirmedAt: known?.confirmedAt,
      });
    } else if (record.type === 'confirmed') {
      const known = rows.get(record.seq);
      if (known !== undefined && known.hash === record.hash) {
        rows.set(record.seq, {
          ...known,
          jws: undefined,
          state: STATE.confirmed,
          accepted: record.accepted,
          confirmedAt: record.at,
        });
      }
    }
  }
  return rows;
}

function toRow(row: Record<string, SqlValue>): ReportRow {
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
