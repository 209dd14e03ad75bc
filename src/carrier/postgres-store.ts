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
  CREATE TABLE IF NOT EXISTS terminal_keys (
    terminal text NOT NULL, x text NOT NULL, jwk jsonb NOT NULL, PRIMARY KEY (terminal, x)
  );
  CREATE TABLE IF NOT EXISTS counters (name text PRIMARY KEY, value bigint NOT NULL);
  CREATE OR REPLACE FUNCTION countersign_save(text, text, bigint, uuid, text, boolean, text, timestamptz)
  RETURNS boolean LANGUAGE plpgsql AS $save$
  DECLARE
    told boolean;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(concat($2, '/', $5), 1));
    PERFORM pg_advisory_xact_lock(hashtextextended($4::text, 2));
    INSERT INTO reports (hash, terminal, seq, id, previous, chain_restarted, conflict, jws, at)
    SELECT $1, $2, $3, $4, $5, $6,
      EXISTS (SELECT 1 FROM reports WHERE id = $4) OR EXISTS (
        SELECT 1 FROM reports
        WHERE terminal = $2 AND previous IS NOT DISTINCT FROM $5 AND NOT $6 AND NOT chain_restarted
      ), $7, $8
    ON CONFLICT (hash) DO NOTHING RETURNING conflict INTO told;
    RETURN told;
  END $save$;
`;

/**
 * Null where the report was there. What could be in conflict waits for one another, or each would be looked for before
 * the other is there; each statement of a function looks anew, so that the one behind a lock sees what came before.
 */
const SAVE = 'SELECT countersign_save($1, $2, $3, $4, $5, $6, $7, $8) AS conflict';

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** The server ends a statement by itself; where it is gone without a word, so much later nobody waits for it any more. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000;

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
    query_timeout: QUERY_TIMEOUT_MS,
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
  return { ...terminalsIn(all), ...keysIn(all), ...reportsIn(all), close: () => pool.end() };
}

/** Newest key and, in one look, every other one. */
const FIND = `SELECT site, jwk, (
    SELECT coalesce(jsonb_agg(k.jwk ORDER BY k.x COLLATE "C"), '[]') FROM terminal_keys k
    WHERE k.terminal = t.terminal AND k.x <> t.jwk->>'x'
  ) AS former FROM terminals t WHERE terminal = $1`;

function terminalsIn(all: Query): Pick<CarrierStore, 'register' | 'find' | 'terminals' | 'next'> {
  return {
    async register({ terminal, site, publicJwk }) {
      // Former keys go first: what is cut off here is done by the next attempt.
      await all(
        `DELETE FROM terminal_keys WHERE terminal = $1
         AND EXISTS (SELECT 1 FROM terminals WHERE terminal = $1 AND jwk->>'x' <> $2)`,
        [terminal, publicJwk.x],
      );
      await all(
        `INSERT INTO terminals (terminal, site, jwk) VALUES ($1, $2, $3)
         ON CONFLICT (terminal) DO UPDATE SET site = excluded.site, jwk = excluded.jwk`,
        [terminal, site, JSON.stringify(publicJwk)],
      );
    },
    async find(terminal) {
      const [row] = await all(FIND, [terminal]);
      if (row === undefined) return undefined;
      const [publicJwk, formerKeys] = [row['jwk'] as JWK, row['former'] as JWK[]];
      return { terminal, site: String(row['site']), publicJwk, formerKeys };
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

function keysIn(all: Query): Pick<CarrierStore, 'addKey' | 'dropKey'> {
  return {
    // Both keys are noted before the newest changes: whatever cuts it off, no key that is in use is missing.
    async addKey(terminal, publicJwk) {
      await all(
        `INSERT INTO terminal_keys (terminal, x, jwk)
         SELECT terminal, jwk->>'x', jwk FROM terminals WHERE terminal = $1
         UNION SELECT $1, $2, $3::jsonb ON CONFLICT DO NOTHING`,
        [terminal, publicJwk.x, JSON.stringify(publicJwk)],
      );
      await all('UPDATE terminals SET jwk = $2 WHERE terminal = $1', [terminal, JSON.stringify(publicJwk)]);
    },
    async dropKey(terminal, publicJwk) {
      await all('DELETE FROM terminal_keys WHERE terminal = $1 AND x = $2', [terminal, publicJwk.x]);
    },
  };
}

function reportsIn(all: Query): Pick<CarrierStore, 'save' | 'chain' | 'lastReport'> {
  return {
    async save(report: StoredReport): Promise<Kept> {
      const { terminal, seq, id, hash, previous = null, chainRestarted, jws, at } = report;
      const [saved] = await all(SAVE, [hash, terminal, seq, id, previous, chainRestarted, jws, at]);
      if (saved?.['conflict'] != null) return saved['conflict'] === true ? 'conflict' : 'new';
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
    async lastReport(terminal) {
      const [row] = await all('SELECT jws FROM reports WHERE terminal = $1 ORDER BY arrival DESC LIMIT 1', [
        terminal,
      ]);
      return row === undefined ? undefined : String(row['jws']);
    },
  };
}
