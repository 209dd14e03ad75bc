import type { JWK } from 'jose';
import sqlite3 from 'sqlite3';
import { carrierFault } from './errors.js';
import type { CarrierStore, Kept, StoredReport } from './store.js';

type Value = string | number | null;
type Query = (sql: string, values?: readonly Value[]) => Promise<Record<string, Value>[]>;

const SCHEMA = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA busy_timeout = 5000',
  'CREATE TABLE IF NOT EXISTS terminals (terminal TEXT PRIMARY KEY, site TEXT NOT NULL, jwk TEXT NOT NULL) STRICT',
  `CREATE TABLE IF NOT EXISTS reports (
    arrival INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, terminal TEXT NOT NULL, seq INTEGER NOT NULL,
    id TEXT NOT NULL, previous TEXT, chain_restarted INTEGER NOT NULL, conflict INTEGER NOT NULL, jws TEXT NOT NULL,
    at TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX IF NOT EXISTS reports_by_number ON reports (terminal, seq)',
  'CREATE INDEX IF NOT EXISTS reports_by_id ON reports (id)',
  'CREATE INDEX IF NOT EXISTS reports_by_previous ON reports (terminal, previous)',
  `CREATE TABLE IF NOT EXISTS terminal_keys (
    terminal TEXT NOT NULL, x TEXT NOT NULL, jwk TEXT NOT NULL, PRIMARY KEY (terminal, x)
  ) STRICT`,
  'CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT',
];

const SAVE = `INSERT INTO reports (hash, terminal, seq, id, previous, chain_restarted, conflict, jws, at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6,
    EXISTS (SELECT 1 FROM reports WHERE id = ?4) OR EXISTS (
      SELECT 1 FROM reports WHERE terminal = ?2 AND previous IS ?5 AND ?6 = 0 AND chain_restarted = 0
    ), ?7, ?8
  WHERE true ON CONFLICT (hash) DO NOTHING RETURNING conflict`;

/** One carrier on one machine; `:memory:` for tests and demos. @throws CARRIER_STORE_FAILED */
export async function openSqliteCarrierStore(file: string): Promise<CarrierStore> {
  const database = await open(file);
  const all: Query = (sql, values = []) =>
    new Promise((resolve, reject) => {
      database.all<Record<string, Value>>(sql, [...values], (error, rows) => {
        if (error === null) resolve(rows);
        else reject(carrierFault('STORE_FAILED', { cause: error }));
      });
    });
  for (const sql of SCHEMA) await all(sql);
  return { ...terminalsIn(all), ...keysIn(all), ...reportsIn(all), close: () => close(database) };
}

/** Newest key and, in one look, every other one. */
const FIND = `SELECT site, jwk, (
    SELECT json_group_array(json(k.jwk)) FROM terminal_keys k
    WHERE k.terminal = t.terminal AND k.x <> json_extract(t.jwk, '$.x')
  ) AS former FROM terminals t WHERE terminal = ?`;

function terminalsIn(all: Query): Pick<CarrierStore, 'register' | 'find' | 'terminals' | 'next'> {
  return {
    async register({ terminal, site, publicJwk }) {
      // Former keys go first: what is cut off here is done by the next attempt.
      await all(
        `DELETE FROM terminal_keys WHERE terminal = ?1
         AND EXISTS (SELECT 1 FROM terminals WHERE terminal = ?1 AND json_extract(jwk, '$.x') <> ?2)`,
        [terminal, publicJwk.x ?? ''],
      );
      await all(
        `INSERT INTO terminals (terminal, site, jwk) VALUES (?, ?, ?)
         ON CONFLICT (terminal) DO UPDATE SET site = excluded.site, jwk = excluded.jwk`,
        [terminal, site, JSON.stringify(publicJwk)],
      );
    },
    async find(terminal) {
      const [row] = await all(FIND, [terminal]);
      if (row === undefined) return undefined;
      const publicJwk = JSON.parse(String(row['jwk'])) as JWK;
      const formerKeys = JSON.parse(String(row['former'])) as JWK[];
      return { terminal, site: String(row['site']), publicJwk, formerKeys };
    },
    async terminals() {
      return (await all('SELECT terminal FROM terminals ORDER BY terminal')).map((row) =>
        String(row['terminal']),
      );
    },
    async next(counter, atLeast) {
      const [row] = await all(
        `INSERT INTO counters (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = max(value + 1, ?2) RETURNING value`,
        [counter, atLeast],
      );
      return Number(row?.['value']);
    },
  };
}

function keysIn(all: Query): Pick<CarrierStore, 'addKey' | 'dropKey'> {
  return {
    // Both keys are noted before the newest changes: whatever cuts it off, no key that is in use is missing.
    async addKey(terminal, publicJwk) {
      await all(
        `INSERT INTO terminal_keys (terminal, x, jwk)
         SELECT terminal, json_extract(jwk, '$.x'), jwk FROM terminals WHERE terminal = ?1
         UNION SELECT ?1, ?2, ?3 WHERE true ON CONFLICT DO NOTHING`,
        [terminal, publicJwk.x ?? '', JSON.stringify(publicJwk)],
      );
      await all('UPDATE terminals SET jwk = ? WHERE terminal = ?', [JSON.stringify(publicJwk), terminal]);
    },
    async dropKey(terminal, publicJwk) {
      await all('DELETE FROM terminal_keys WHERE terminal = ? AND x = ?', [terminal, publicJwk.x ?? '']);
    },
  };
}

function reportsIn(all: Query): Pick<CarrierStore, 'save' | 'chain' | 'lastReport'> {
  return {
    async save(report: StoredReport): Promise<Kept> {
      const { terminal, seq, id, hash, previous = null, chainRestarted, jws, at } = report;
      const values = [hash, terminal, seq, id, previous, Number(chainRestarted), jws, at];
      const [saved] = await all(SAVE, values);
      if (saved !== undefined) return saved['conflict'] === 1 ? 'conflict' : 'new';
      const [known] = await all('SELECT conflict FROM reports WHERE hash = ?', [hash]);
      return known?.['conflict'] === 1 ? 'conflict' : 'duplicate';
    },
    async chain(terminal) {
      const rows = await all(
        'SELECT seq, hash, previous, chain_restarted FROM reports WHERE terminal = ? ORDER BY seq, arrival',
        [terminal],
      );
      return rows.map((row) => ({
        seq: Number(row['seq']),
        hash: String(row['hash']),
        previous: row['previous'] === null ? undefined : String(row['previous']),
        chainRestarted: row['chain_restarted'] === 1,
      }));
    },
    async lastReport(terminal) {
      const [row] = await all('SELECT jws FROM reports WHERE terminal = ? ORDER BY arrival DESC LIMIT 1', [
        terminal,
      ]);
      return row === undefined ? undefined : String(row['jws']);
    },
  };
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const opened = new sqlite3.Database(file, (error) => {
      if (error === null) resolve(opened);
      else reject(carrierFault('STORE_FAILED', { cause: error }));
    });
  });
}

function close(database: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => {
    database.close((error) => {
      if (error === null) resolve();
      else reject(carrierFault('STORE_FAILED', { cause: error }));
    });
  });
}
