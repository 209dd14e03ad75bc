import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { loadIdentity } from '#built/identity/load-identity.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { createRecommendedMosquitto } from './mqtt-broker.js';
import { clock, draft, openQueue, until, type World } from './uplink-world.js';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
export const TERMINAL = 't-1';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export type Event = { readonly event: string } & Record<string, unknown>;

/** A command that goes on, and what it printed. */
export interface Running {
  readonly events: Event[];
  readonly notes: string[];
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** The service under something that starts it again whenever it ends, as systemd does. */
export interface Service {
  readonly starts: number;
  readonly connections: number;
  readonly log: string[];
  /** SIGKILL; it is started again. */
  kill(): void;
  /** SIGTERM, and it stays down. */
  stop(): Promise<void>;
}

/**
 * A carrier, a mosquitto that knows its clients by certificate alone, and a terminal without reader and camera, all as
 * in the field: made, provisioned and run by command line.
 */
export async function createRotationWorld(store?: string) {
  const directory = await mkdtemp(join(tmpdir(), 'rotation-'));
  const at = (name: string): string => join(directory, name);
  const [place, state, config] = [at('carrier'), at(TERMINAL), at('config.yaml')];
  const running = new Set<{ stop(): Promise<void> }>();

  const run = (...words: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...words], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  const well = async (...words: string[]): Promise<Ended> => {
    const ended = await run(...words);
    if (ended.code !== 0) throw new Error(`${words.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    return ended;
  };
  const ofCarrier = (words: readonly string[]): string[] => {
    const [command = '', ...rest] = words;
    return [
      ...['carrier', command, ...rest, '--directory', place],
      ...(store === undefined ? [] : ['--store', store]),
    ];
  };
  const identity = (): Promise<TerminalIdentity> => loadIdentity({ stateDirectory: state }, { clock });

  await well('carrier', 'init', place);
  await well('carrier', 'broker', '--host', 'localhost', '127.0.0.1', '--directory', place);
  const settings = await readFile(join(place, 'broker/mosquitto.conf'), 'utf8');
  const broker = await createRecommendedMosquitto(directory, settings);
  await broker.start();
  const url = broker.url.replace('127.0.0.1', 'localhost');
  const carrierUrl = broker.carrierUrl.replace('127.0.0.1', 'localhost');

  await well('provision', 'init', '--state-directory', state);
  await well('provision', 'request', at('request.json'), '--state-directory', state);
  await well(
    ...ofCarrier(['enrol', '--request', at('request.json'), '--terminal', TERMINAL, '--site', 's-1']),
    ...['--broker', url, '--out', at('bundle.jws')],
  );
  await well(
    ...['provision', 'accept', at('bundle.jws'), '--root', join(place, 'root.jwk')],
    ...['--state-directory', state],
  );
  await writeFile(
    config,
    stringify({
      stateDirectory: state,
      runtimeDirectory: at('run'),
      reader: { path: '/dev/no-such-reader' },
      camera: { driver: 'stream', command: ['/bin/false'] },
      face: { models: '/nonexistent' },
      photoDecoder: { driver: 'none' },
      screen: { port: 0 },
      uplink: { reconnectFirstMs: 100, reconnectMostMs: 1000 },
    }),
  );

  return {
    ...{ directory, place, state, carrierUrl, broker, identity },
    carrier: (...words: string[]): Promise<Ended> => run(...ofCarrier(words)),
    doctor: (...words: string[]): Promise<Ended> => run('doctor', ...words, '--config', config),
    provision: (...words: string[]): Promise<Ended> => run('provision', ...words, '--state-directory', state),
    startCarrier(...words: string[]): Running {
      const started = start([...ofCarrier(words), '--broker', carrierUrl]);
      running.add(started);
      return started;
    },
    startService(): Service {
      const service = keepRunning(config);
      running.add(service);
      return service;
    },
    /** Reports that wait in the queue, signed with the keys in force; the service must be down. */
    async append(count: number): Promise<void> {
      const own = await identity();
      const queue = await openQueue({ directory } as World, own);
      for (let index = 0; index < count; index++) await queue.append(await draft(own));
      await queue.close();
    },
    async close(): Promise<void> {
      for (const each of running) await each.stop();
      await broker.stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
export type RotationWorld = Awaited<ReturnType<typeof createRotationWorld>>;

function start(words: readonly string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const events: Event[] = [];
  const notes: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as Event));
  createInterface({ input: child.stderr }).on('line', (line) => notes.push(line));
  // "close" comes after the last line.
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    ...{ events, notes, ended },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

const RESTART_MS = 100;

function keepRunning(config: string): Service {
  const log: string[] = [];
  let starts = 0;
  let wanted = true;
  let child: ChildProcess;
  let over: Promise<unknown> = Promise.resolve();
  const begin = (): void => {
    starts++;
    child = spawn(process.execPath, [MAIN, 'run', '--config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
    over = once(child, 'exit').then(async () => {
      await sleep(RESTART_MS);
      if (wanted) begin();
    });
  };
  begin();
  return {
    log,
    get starts() {
      return starts;
    },
    get connections() {
      return log.filter((line) => line.includes('connected to the broker')).length;
    },
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      wanted = false;
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await over;
    },
  };
}

/** The service has a connection that it has had since `before`. */
export async function connected(service: Service, before = 0): Promise<void> {
  await until(() => service.connections > before, 60_000).catch((error: unknown) => {
    throw new Error(service.log.slice(-20).join('\n'), { cause: error });
  });
}
