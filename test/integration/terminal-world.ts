import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { type DemoCarrier, startDemoCarrier } from '#built/cli/demo/carrier.js';
import { type DemoDevices, startDevices } from '#built/cli/demo/devices.js';
import { openPageVisitor, type PageVisitor } from '#built/cli/demo/page.js';
import { actOut, type DemoVisit } from '#built/cli/demo/visits.js';
import type { VisitView } from '#built/domain/visit.js';
import { commandInside } from '../contract/lights-stage.js';
import { type Broker, createMosquitto } from './mqtt-broker.js';

const UNIT = new URL('../../systemd/countersign.service', import.meta.url).pathname;
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
export const TERMINAL = 'test-terminal';

/** The service as systemd starts it, in a process of its own. */
export interface Service {
  readonly pid: number;
  readonly page: PageVisitor;
  readonly log: readonly string[];
  /** Resolves with how it ended. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Broker, carrier and devices around a terminal; the service comes and goes as the test wants it. */
export interface TerminalWorld {
  readonly broker: Broker;
  readonly carrier: DemoCarrier;
  readonly devices: DemoDevices;
  readonly config: string;
  /** `inside`: a directory of lights-stage.ts that the service and its children see below /sys/class. */
  startService(inside?: string): Promise<Service>;
  /** A person acts a visit out; resolves with what the page shows at its end. */
  visit(service: Service, visit: Pick<DemoVisit, 'service' | 'people'>): Promise<VisitView>;
  audit(): Promise<{ last: number; missing: number[]; broken: number[] }>;
  close(): Promise<void>;
}

export async function createTerminalWorld(
  settings: object | ((devices: DemoDevices) => object) = {},
): Promise<TerminalWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'terminal-'));
  const broker = await createMosquitto(directory);
  await broker.start();
  const carrier = await startDemoCarrier(join(directory, 'carrier'), broker.url, {
    logger: pino({ level: 'silent' }),
    onReport: () => {},
  });
  const devices = await startDevices(directory);
  const stateDirectory = join(directory, 'state');
  await mkdir(stateDirectory, { mode: 0o700 });
  await carrier.provision(stateDirectory, TERMINAL, 'test-shop', broker.url);
  const config = join(directory, 'config.yaml');
  await writeFile(
    config,
    stringify({
      stateDirectory,
      runtimeDirectory: join(directory, 'run'),
      reader: { path: devices.readerPath },
      photoDecoder: { driver: 'command', command: devices.decoderCommand, timeoutMs: 10_000 },
      camera: { driver: 'stream', command: devices.cameraCommand, startTimeoutMs: 20_000 },
      screen: { port: 0 },
      uplink: { reconnectFirstMs: 100, reconnectMostMs: 1000 },
      ...(typeof settings === 'function' ? settings(devices) : settings),
    }),
  );
  const running = new Set<Service>();
  return {
    broker,
    carrier,
    devices,
    config,
    async startService(inside) {
      const service = await spawnService(config, inside);
      running.add(service);
      return service;
    },
    visit({ page }, { service, people }) {
      const order = (): Promise<string> => Promise.reject(new Error('walk-ins only'));
      const how = {
        title: service,
        service,
        people,
        outcome: 'verified',
        reason: 'face-matches-card',
      } as const;
      return actOut({ page, devices, order }, how, () => {});
    },
    audit: () => carrier.carrier.audit(TERMINAL),
    async close() {
      for (const each of running) await each.stop('SIGKILL');
      await devices.close();
      await carrier.close();
      await broker.stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The environment that the systemd unit gives the service. */
async function unitEnvironment(): Promise<Record<string, string>> {
  const unit = await readFile(UNIT, 'utf8');
  const given = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '));
  return Object.fromEntries(given.map((each) => each.split('=', 2) as [string, string]));
}

async function spawnService(config: string, inside?: string): Promise<Service> {
  const command = [process.execPath, MAIN, 'run', '--config', config];
  const [program = '', ...words] = inside === undefined ? command : commandInside(inside, ...command);
  const child = spawn(program, words, {
    env: { ...process.env, ...(await unitEnvironment()) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  const url = await addressOf(child, log);
  const page = await openPageVisitor(url);
  return {
    pid: child.pid ?? 0,
    page,
    log,
    async stop(signal) {
      page.close();
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}

function addressOf(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}:\n${log.join('\n')}`)));
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
      log.push(line);
      const url = /"url":"(http:[^"]+)"/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}
