import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadIdentity } from '#built/identity/load-identity.js';
import { type Broker, createMosquitto, createRecommendedMosquitto } from './mqtt-broker.js';
import { clock, createTerminal, type TestTerminal, until, type World } from './uplink-world.js';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function countersign(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

type Event = { readonly event: string } & Record<string, unknown>;

/** A command that goes on, and what it printed. */
function start(...words: string[]) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  const events: Event[] = [];
  const notes: string[] = [];
  if (child.stdout === null || child.stderr === null || child.stdin === null) throw new Error('no pipes');
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as Event));
  createInterface({ input: child.stderr }).on('line', (line) => notes.push(line));
  const { stdin } = child;
  return {
    events,
    notes,
    of: (event: string): Event[] => events.filter((each) => each.event === event),
    tell: (wish: object): void => void stdin.write(`${JSON.stringify(wish)}\n`),
    async stop(signal: NodeJS.Signals): Promise<number | null> {
      if (child.exitCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return child.exitCode;
    },
  };
}

describe('provisioning, and the carrier, by command line alone, over TLS', () => {
  let directory: string;
  let place: string;
  let state: string;
  let broker: Broker;
  let url: string;
  let carrierUrl: string;
  let serving: ReturnType<typeof start>;
  let terminal: TestTerminal;
  const at = (name: string): string => join(directory, name);
  const carrier = (command: string, ...words: string[]): Promise<Ended> =>
    countersign('carrier', command, ...words, '--directory', place);
  const provision = (...words: string[]): Promise<Ended> =>
    countersign('provision', ...words, '--state-directory', state);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carrier-cli-'));
    place = at('carrier');
    state = at('state');
  });
  afterAll(async () => {
    await terminal?.close();
    await serving?.stop('SIGKILL');
    await broker.stop('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  it('makes a carrier once, with secrets for its owner alone', async () => {
    const first = await countersign('carrier', 'init', place, '--json');
    expect(first.code).toBe(0);
    expect((JSON.parse(first.stdout) as { created: string[] }).created).toHaveLength(8);
    const keys = await readFile(join(place, 'carrier-keys.json'), 'utf8');
    const again = await countersign('carrier', 'init', place, '--json');
    expect((JSON.parse(again.stdout) as { created: string[] }).created).toEqual([]);
    expect(await readFile(join(place, 'carrier-keys.json'), 'utf8')).toBe(keys);
    for (const name of ['carrier-keys.json', 'ca-key.pem', 'carrier-ca-key.pem', 'carrier-key.pem']) {
      expect((await stat(join(place, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('makes what a broker needs', async () => {
    const { code, stdout } = await carrier('broker', '--host', 'localhost', '127.0.0.1', '--json');
    expect(code).toBe(0);
    const { settings } = JSON.parse(stdout) as { settings: string };
    const made = await createRecommendedMosquitto(directory, await readFile(settings, 'utf8'));
    broker = made;
    carrierUrl = made.carrierUrl.replace('127.0.0.1', 'localhost');
    await broker.start();
    url = broker.url.replace('127.0.0.1', 'localhost');
  });

  it('takes a terminal from its first key to its site bundle', async () => {
    expect((await provision('request')).code).toBe(3);
    const made = JSON.parse((await provision('init', '--json')).stdout) as {
      created: boolean;
      terminalKey: string;
    };
    expect(made.created).toBe(true);
    expect(JSON.parse((await provision('init', '--json')).stdout)).toMatchObject({ ...made, created: false });
    expect((await stat(join(state, 'identity/signing-key.jwk'))).mode & 0o777).toBe(0o600);
    expect((await provision('status')).code).toBe(1);
    expect((await provision('request', at('request.json'))).code).toBe(0);
    const enrolled = await carrier(
      ...(['enrol', '--request', at('request.json'), '--terminal', 't-1', '--site', 's-1'] as const),
      ...['--broker', url, '--out', at('bundle.jws')],
    );
    expect(enrolled).toMatchObject({ code: 0, stderr: '' });
    const unpinned = await provision('accept', at('bundle.jws'));
    expect(unpinned.code).toBe(3);
    expect(unpinned.stderr).toContain('--root');
    const accepted = await provision('accept', at('bundle.jws'), '--root', join(place, 'root.jwk'), '--json');
    expect(JSON.parse(accepted.stdout)).toMatchObject({ terminal: 't-1', site: 's-1' });
    // The same again changes nothing and is no fault.
    expect((await provision('accept', at('bundle.jws'))).code).toBe(0);
    const { code, stdout } = await provision('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ready: true, terminal: 't-1', terminalKey: made.terminalKey });
  });

  it('takes the configuration of its site, and refuses one that is not for a carrier to set', async () => {
    const enrol = (configuration: object) => async (): Promise<Ended> => {
      await writeFile(at('site.json'), JSON.stringify(configuration));
      return carrier(
        ...(['enrol', '--request', at('request.json'), '--terminal', 't-1', '--site', 's-1'] as const),
        ...['--broker', url, '--configuration', at('site.json'), '--out', at('bundle.jws')],
      );
    };
    const refused = await enrol({ camera: { driver: 'stream', command: ['/bin/sh'] } })();
    expect(refused.stderr).toContain('CONFIG_UNKNOWN_KEY');
    expect(await enrol({ uplink: { window: 33, backlogPerSecond: 7 } })()).toMatchObject({ code: 0 });
    expect((await provision('accept', at('bundle.jws'))).code).toBe(0);
    await writeFile(at('own.yaml'), `stateDirectory: ${state}\nuplink: { backlogPerSecond: 3 }\n`);
    const { stdout } = await countersign(
      'doctor',
      '--config',
      at('own.yaml'),
      '--only',
      'identity',
      '--json',
    );
    expect((JSON.parse(stdout) as { config: object }).config).toMatchObject({
      uplink: { window: 33, backlogPerSecond: 3 },
    });
  });

  it('refuses a request that was tampered with, and another key for a terminal that is known', async () => {
    const request = JSON.parse(await readFile(at('request.json'), 'utf8')) as Record<string, unknown>;
    const stranger = at('stranger');
    await countersign('provision', 'init', '--state-directory', stranger);
    const other = JSON.parse(
      (await countersign('provision', 'request', '--state-directory', stranger)).stdout,
    ) as typeof request;
    const enrol = async (body: object): Promise<Ended> => {
      await writeFile(at('tampered.json'), JSON.stringify(body));
      return carrier(
        'enrol',
        '--request',
        at('tampered.json'),
        '--terminal',
        't-1',
        '--site',
        's-1',
        '--broker',
        url,
      );
    };
    for (const key of ['csr', 'publicJwk', 'terminalKey', 'proof']) {
      const { code, stderr } = await enrol({ ...request, [key]: other[key] });
      expect([key, code]).toEqual([key, 3]);
      expect(stderr).toContain('CARRIER_REQUEST_INVALID');
    }
    expect((await enrol(other)).stderr).toContain('CARRIER_TERMINAL_KNOWN');
    expect((await enrol({})).stderr).toContain('CARRIER_REQUEST_INVALID');
  });

  it('serves: prints each report, masked, as one JSON line on stdout', async () => {
    serving = start('carrier', 'serve', '--broker', carrierUrl, '--directory', place);
    await until(() => serving.notes.some((line) => line.startsWith('Listening')), 30_000);
    const identity = await loadIdentity({ stateDirectory: state }, { clock });
    terminal = await createTerminal({ directory: state } as World, identity);
    terminal.uplink.start();
    await terminal.append(3);
    await until(async () => (await terminal.confirmed()) === 3);
    await until(() => serving.of('report').length === 3);
    expect(serving.of('report')[0]).toMatchObject({ terminal: 't-1', kept: 'new' });
    const printed = JSON.stringify(serving.events);
    expect(printed).toContain('证***');
    expect(printed).not.toContain('11010119900101001X');
    expect(serving.of('status')[0]).toMatchObject({ terminal: 't-1', status: { state: 'online' } });
  });

  it('orders a visit and gives commands while it serves', async () => {
    const ordered = await carrier(
      'order',
      '--broker',
      carrierUrl,
      '--terminal',
      't-1',
      '--service',
      'new-number',
    );
    expect(ordered.code).toBe(0);
    await until(() => terminal.orders.length === 1);
    expect(terminal.orders[0]?.orderId).toBe(ordered.stdout.trim());
    const done = await carrier(
      'command',
      'collect-logs',
      '--broker',
      carrierUrl,
      '--terminal',
      't-1',
      '--wait',
    );
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('"result":"done"');
    const refused = await carrier(
      ...(['command', 'set-rate', '--argument', 'perSecond=0'] as const),
      ...['--broker', carrierUrl, '--terminal', 't-1', '--wait'],
    );
    expect(refused.code).toBe(1);
    const never = await carrier(
      ...([
        'command',
        'reload',
        '--broker',
        carrierUrl,
        '--terminal',
        'nobody',
        '--valid-for',
        '1',
        '--wait',
      ] as const),
    );
    expect(never.code).toBe(1);
  }, 60_000);

  it('audits what came, and ends with 1 when something is missing', async () => {
    expect(await carrier('audit', '--json')).toMatchObject({ code: 0 });
    expect((await carrier('audit')).stdout).toContain('t-1: 3 reports, whole');
    expect((await carrier('audit', '--terminal', 'nobody')).stderr).toContain('CARRIER_TERMINAL_UNKNOWN');
  });

  it('rotates its keys with an overlap: the terminal takes the new bundle, and everything goes on', async () => {
    expect((await carrier('rotate', '--overlap-days', '0')).code).toBe(0);
    const enrolled = await carrier(
      ...(['enrol', '--request', at('request.json'), '--terminal', 't-1', '--site', 's-1'] as const),
      ...['--broker', url, '--out', at('newer.jws')],
    );
    expect(enrolled.code).toBe(0);
    expect((await provision('accept', at('newer.jws'))).code).toBe(0);
    const older = await provision('accept', at('bundle.jws'));
    expect(older.code).toBe(3);
    expect(older.stderr).toContain('IDENTITY_BUNDLE_OLD');
    expect(JSON.parse((await provision('status', '--json')).stdout).carrierKeys).toHaveLength(4);
    await terminal.close();
    expect(await serving.stop('SIGTERM')).toBe(0);
    serving = start('carrier', 'serve', '--broker', carrierUrl, '--directory', place);
    await until(() => serving.notes.some((line) => line.startsWith('Listening')), 30_000);
    const identity = await loadIdentity({ stateDirectory: state }, { clock });
    terminal = await createTerminal({ directory: state } as World, identity);
    terminal.uplink.start();
    await terminal.append(2);
    await until(async () => (await terminal.confirmed()) === 5);
    expect((await carrier('audit')).stdout).toContain('t-1: 5 reports, whole');
  }, 90_000);

  it.each([
    ['no broker', ['serve', '--broker', 'mqtt://127.0.0.1:1'], 3, 'CARRIER_BROKER_UNREACHABLE'],
    ['an address that is none', ['serve', '--broker', 'http://localhost'], 2, 'mqtt://'],
    [
      'a service that is none',
      ['order', '--broker', 'mqtt://x', '--terminal', 't', '--service', 'x'],
      2,
      'new-number',
    ],
    ['a part that is none', ['serve', '--broker', 'mqtt://x', '--part', '3/2'], 2, 'i/n'],
    [
      'a terminal id with a dot',
      ['order', '--broker', 'mqtt://x', '--terminal', 'a.b', '--service', 'transfer'],
      2,
      'letters',
    ],
    ['a store that is none', ['audit', '--store', 'redis://x'], 3, 'CARRIER_STORE_FAILED'],
  ])('says so on stderr and ends with the right code: %s', async (_what, words, code, says) => {
    const [command = '', ...rest] = words;
    const ended = await carrier(command, ...rest);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(says);
  });

  it('ends cleanly on SIGINT', async () => {
    expect(await serving.stop('SIGINT')).toBe(0);
  });
});

describe('the simulated carrier', () => {
  let directory: string;
  let broker: Broker;
  let simulated: ReturnType<typeof start>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carrier-sim-'));
    broker = await createMosquitto(directory);
    await broker.start();
  });
  afterAll(async () => {
    await simulated?.stop('SIGKILL');
    await broker.stop('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  it('enrols, orders, answers with invented numbers, and spoils receipts as its script says', async () => {
    const at = (name: string): string => join(directory, name);
    await writeFile(
      at('faults.json'),
      JSON.stringify({ faults: [{ on: 'receipt', times: 2, do: { forge: true } }] }),
    );
    const words = ['--broker', broker.url, '--directory', at('carrier'), '--faults', at('faults.json')];
    simulated = start('simulate', 'carrier', ...words);
    await until(() => simulated.of('ready').length === 1, 30_000);
    await countersign('provision', 'init', '--state-directory', at('state'));
    await countersign('provision', 'request', at('request.json'), '--state-directory', at('state'));
    simulated.tell({ enrol: { request: at('request.json'), terminal: 't-9', out: at('bundle.jws') } });
    await until(() => simulated.of('enrolled').length === 1);
    const root = join(at('carrier'), 'root.jwk');
    const accepted = await countersign(
      'provision',
      'accept',
      at('bundle.jws'),
      '--root',
      root,
      '--state-directory',
      at('state'),
    );
    expect(accepted.code).toBe(0);

    const identity = await loadIdentity({ stateDirectory: at('state') }, { clock });
    const soon = { resendAfterMs: 1000, receiptWaitMs: 1000 };
    const terminal = await createTerminal({ directory: at('state') } as World, identity, soon);
    terminal.uplink.start();
    await terminal.append(3);
    await until(async () => (await terminal.confirmed()) === 3, 30_000);
    expect(simulated.of('fault')).toHaveLength(2);
    expect((await terminal.uplink.check()).detail).toContain('2 messages dropped');
    const { numbers } = await terminal.uplink.ask(
      { number: '11010119900101001X', name: '证件样本' },
      AbortSignal.timeout(10_000),
    );
    expect(numbers).toHaveLength(3);
    simulated.tell({ order: { terminal: 't-9', service: 'new-number' } });
    simulated.tell({ order: { terminal: 't-9', service: 'new-number', validForMs: -1000 } });
    simulated.tell({ nonsense: true });
    await until(() => simulated.of('ordered').length === 2 && terminal.orders.length === 1);
    await until(() => simulated.notes.length > 0);
    await terminal.close();
    expect(await simulated.stop('SIGTERM')).toBe(0);
  }, 90_000);
});
