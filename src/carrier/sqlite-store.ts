import type { JWK } from 'jose';
import sqlite3 from 'sqlite3';
import { carrierFault } from './errors.js';
import type { CarrierStore, StoredReport } from './store.js';

type Value = string | number | null;

const SCHEMA = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'CREATE TABLE IF NOT EXISTS terminals (terminal TEXT PRIMARY KEY, site TEXT NOT NULL, jwk TEXT NOT NULL) STRICT',
  `CREATE TABLE IF NOT EXISTS reports (
    terminal TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, previous TEXT,
    chain_restarted INTEGER NOT NULL, jws TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (terminal, seq)
  ) STRICT`,
  'CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT',
];

/** One carrier on one machine; `:memory:` for tests and demos. */
export async function openSqliteCarrierStore(file: string): Promise<CarrierStore> {
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(file, (error) => (error === null ? resolve(opened) : reject(error)));
  });
  const all = (sql: string, values: readonly Value[] = []): Promise<Record<string, Value>[]> =>
    new Promise((resolve, reject) => {
      database.all<Record<string, Value>>(sql, [...values], (error, rows) => {
        if (error === null) resolve(rows);
        else reject(carrierFault('STORE_FAILED', { cause: error }));
      });
    });
  for (const sql of SCHEMA) await all(sql);

  const save = async (report: StoredReport): Promise<'new' | 'duplicate' | 'conflict'> => {
    const { terminal, seq, id, hash, previous = null, chainRestarted, jws, at } = report;
    const saved = await all(
      `INSERT INTO reports (terminal, seq, id, hash, previous, chain_restarted, jws, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING seq`,
      [terminal, seq, id, hash, previous, Number(chainRestarted), jws, at],
    );
    if (saved.length > 0) return 'new';
    const [known] = await all('SELECT hash FROM reports WHERE terminal = ? AND seq = ?', [terminal, seq]);
    return known?.['hash'] === hash ? 'duplicate' : 'conflict';
  };
  return {
    save,
    async register({ terminal, site, publicJwk }) {
      await all(
        `INSERT INTO terminals (terminal, site, jwk) VALUES (?, ?, ?)
         ON CONFLICT (terminal) DO UPDATE SET site = excluded.site, jwk = excluded.jwk`,
        [terminal, site, JSON.stringify(publicJwk)],
      );
    },
    async find(terminal) {
      const [row] = await all('SELECT * FROM terminals WHERE terminal = ?', [terminal]);
      if (row === undefined) return undefined;
      return { terminal, site: String(row['site']), publicJwk: JSON.parse(String(row['jwk'])) as JWK };
    },
    async chain(terminal) {
      const rows = await all(
        'SELECT seq, hash, previous, chain_restarted FROM reports WHERE terminal = ? ORDER BY seq',
        [terminal],
      );
      return rows.map((row) => ({
        seq: Number(row['seq']),
        hash: String(row['hash']),
        previous: row['previous'] === null ? undefined : String(row['previous']),
        chainRestarted: row['chain_restarted'] === 1,
      }));
    },
    async next(counter) {
      const [row] = await all(
        `INSERT INTO counters (name, value) VALUES (?, 1)
         ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
        [counter],
      );
      return Number(row?.['value']);
    },
    close: () =>
      new Promise((resolve, reject) => {
        database.close((error) => (error === null ? resolve() : reject(error)));
      }),
  };
}
