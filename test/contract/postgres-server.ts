import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  readonly address: string;
  /** Makes a further database; resolves with its address. */
  database(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Directory of PostgreSQL's programs, which Debian does not put into PATH; undefined where it is not installed. */
async function programs(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = (await readdir(debian).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const places = [
    ...versions.map((each) => join(debian, each, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  for (const place of places) {
    const files = await readdir(place).catch((): string[] => []);
    if (files.includes('initdb') && files.includes('postgres')) return place;
  }
  return undefined;
}

/** A cluster of its own, in a directory of its own, gone at `close`. PostgreSQL refuses to run as root. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = await programs();
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const directory = await mkdtemp(join(tmpdir(), 'postgres-'));
  const identity = await unprivileged();
  if (identity !== undefined) await chown(directory, identity.uid, identity.gid);
  const data = join(directory, 'data');
  const how = { ...identity, cwd: directory, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'carrier', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    how,
  );
  const port = await freePort();
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', directory, '-c', 'shared_buffers=16MB'];
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...how, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const address = (database: string): string => `postgres://carrier@127.0.0.1:${port}/${database}`;
  await answering(address('postgres'), () => child.exitCode === null);
  return {
    address: address('postgres'),
    async database(name) {
      const client = new pg.Client({ connectionString: address('postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      await client.end();
      return address(name);
    },
    async close() {
      // "Fast": open connections are ended.
      child.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** It listens a while before it lets anybody in. */
async function answering(address: string, runs: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && runs(); attempt++) {
    const client = new pg.Client({ connectionString: address });
    client.on('error', () => {});
    const isIn = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => {});
    if (isIn) return;
    await sleep(50);
  }
  throw new Error('PostgreSQL lets nobody in');
}
