import pg from 'pg';
import sqlite3 from 'sqlite3';

const JWK = '{"kty":"OKP","crv":"Ed25519","x":"old"}';

/** The tables as they were made when a terminal had one key, with one terminal in them. */
export async function makeFormerStore(address: string): Promise<void> {
  await (address.startsWith('postgres://') ? makeInPostgres(address) : makeInSqlite(address));
}

async function makeInPostgres(address: string): Promise<void> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  await client.query(`
    CREATE TABLE terminals (terminal text PRIMARY KEY, site text NOT NULL, jwk jsonb NOT NULL);
    CREATE TABLE counters (name text PRIMARY KEY, value bigint NOT NULL);
    INSERT INTO terminals VALUES ('t-1', 's-1', '${JWK}');
  `);
  await client.end();
}

async function makeInSqlite(file: string): Promise<void> {
  const database = new sqlite3.Database(file);
  await new Promise<void>((resolve, reject) => {
    database.exec(
      `CREATE TABLE terminals (terminal TEXT PRIMARY KEY, site TEXT NOT NULL, jwk TEXT NOT NULL) STRICT;
       CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
       INSERT INTO terminals VALUES ('t-1', 's-1', '${JWK}');`,
      (error) => (error === null ? resolve() : reject(error)),
    );
  });
  await new Promise<void>((resolve) => database.close(() => resolve()));
}
