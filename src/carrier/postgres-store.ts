import type { JWK } from 'jose';
import pg from 'pg';
import { carrierFault } from './errors.js';
import type { CarrierStore, Kept, StoredReport } from './store.js';

type Row = Record<string, unknown>;
type Query = (sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Any number that only we use: several carriers that start at once must not make the tables at once. */
const SCHEMA_LOCK = 724_311_802;

const SCHEMA = `
  SELECT pg_advisory_xact_lock(${SCHEMA_LOCK});
  CREATE TABLE IF NOT EXISTS terminals (terminal text PRIMARY KEY, site text NOT NULL, jwk jsonb NOT NULL);
  CREATE TABLE IF NOT EXISTS reports (
    arrival bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash text NOT NULL UNIQUE, terminal text NOT NULL,
    seq bigint NOT NULL, id uuid NOT NULL, previous text, chain_restarted boolean NOT NULL,
    conflict boolean NOT NULL, jws text NOT NULL, at timestamptz NOT NULL
  );
  CREATE INDEX IF NOT EXISTS reports_by_number ON reports (terminal, seq);
  CREATE INDEX IF NOT EXISTS reports_by_id ON reports (id);
  CREATE INDEX IF NOT EXISTS reports_by_previous ON reports (terminal, previous);
  CREATE TABLE IF NOT EXISTS counters (name text PRIMARY KEY, value bigint NOT NULL);
`;

const SAVE = `INSERT INTO reports (hash, terminal, seq, id, previous, chain_restarted, conflict, jws, at)
  SELECT $1, $2, $3, $4, $5, $6,
    EXISTS (SELECT 1 FROM reports WHERE id = $4) OR EXISTS (
      SELECT 1 FROM reports
      WHERE terminal = $2 AND previous IS NOT DISTINCT FROM $5 AND NOT $6 AND NOT chain_restarted
    ), $7, $8
  ON CONFLICT (hash) DO NOTHING RETURNING conflict`;

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * A fleet's store, for any number of carriers at once. Durable as the server is: `synchronous_commit` is asked for
 * on each connection, so that a receipt never says more than the disk does.
 *
 * @param address `postgres://…`; credentials may come from PGPASSFILE and the like instead
 * @throws CARRIER_STORE_FAILED
 */
export async function openPostgresCarrierStore(address: string): Promise<CarrierStore> {
  const pool = new pg.Pool({
    connectionString: address,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: '-c synchronous_commit=on',
    application_name: 'countersign-carrier',
  });
  // A connection that breaks while it is idle: the next statement takes another. Unheard, it would end the process.
  pool.on('error', () => {});
  const all: Query = async (sql, values = []) => {
    try {
      return (await pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw carrierFault('STORE_FAILED', { cause: error });
    }
  };
  try {
    // No parameters, so it is one simple query: one transaction, and the lock ends with it.
    await pool.query(SCHEMA);
  } catch (error) {
    await pool.end();
    throw carrierFault('STORE_FAILED', { cause: error });
  }
  return { ...terminalsIn(all), ...reportsIn(all), close: () => pool.end() };
}

function terminalsIn(all: Query): Pick<CarrierStore, 'register' | 'find' | 'terminals' | 'next'> {
  return {
    async register({ terminal, site, publicJwk }) {
      await all(
        `INSERT INTO terminals (terminal, site, jwk) VALUES ($1, $2, $3)
         ON CONFLICT (terminal) DO UPDATE SET site = excluded.site, jwk = excluded.jwk`,
        [terminal, site, JSON.stringify(publicJwk)],
      );
    },
    async find(terminal) {
      const [row] = await all('SELECT site, jwk FROM terminals WHERE terminal = $1', [terminal]);
      return row === undefined
        ? undefined
        : { terminal, site: String(row['site']), publicJwk: row['jwk'] as JWK };
    },
    async terminals() {
      const rows = await all('SELECT terminal FROM terminals ORDER BY terminal COLLATE "C"');
      return rows.map((row) => String(row['terminal']));
    },
    async next(counter, atLeast) {
      const [row] = await all(
        `INSERT INTO counters AS c (name, value) VALUES ($1, $2::bigint)
         ON CONFLICT (name) DO UPDATE SET value = greatest(c.value + 1, $2::bigint) RETURNING value`,
        [counter, atLeast],
      );
      return Number(row?.['value']);
    },
  };
}

function reportsIn(all: Query): Pick<CarrierStore, 'save' | 'chain'> {
  return {
    async save(report: StoredReport): Promise<Kept> {
      const { terminal, seq, id, hash, previous = null, chainRestarted, jws, at } = report;
      const [saved] = await all(SAVE, [hash, terminal, seq, id, previous, chainRestarted, jws, at]);
      if (saved !== undefined) return saved['conflict'] === true ? 'conflict' : 'new';
      const [known] = await all('SELECT conflict FROM reports WHERE hash = $1', [hash]);
      return known?.['conflict'] === true ? 'conflict' : 'duplicate';
    },
    async chain(terminal) {
      const rows = await all(
        'SELECT seq, hash, previous, chain_restarted FROM reports WHERE terminal = $1 ORDER BY seq, arrival',
        [terminal],
      );
      return rows.map((row) => ({
        seq: Number(row['seq']),
        hash: String(row['hash']),
        previous: row['previous'] === null ? undefined : String(row['previous']),
        chainRestarted: row['chain_restarted'] === true,
      }));
    },
  };
}
