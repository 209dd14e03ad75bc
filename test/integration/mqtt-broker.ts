import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';

export interface Broker {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  /** Resolves when the broker logs a line like this, from now on; only mosquitto tells. */
  logs(pattern: RegExp): Promise<void>;
  /** SIGTERM, or SIGKILL: then nothing is said to anybody. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A real mosquitto with the given lines of configuration after the listener. To tell each packet (`logs`) costs as much as to pass it on. */
export async function createMosquitto(
  directory: string,
  lines: readonly string[] = ['allow_anonymous true'],
  { scheme = 'mqtt', logs = true }: { scheme?: 'mqtt' | 'mqtts'; logs?: boolean } = {},
): Promise<Broker> {
  const port = await freePort();
  const file = join(directory, `mosquitto-${port}.conf`);
  await writeFile(file, [`listener ${port} 127.0.0.1`, 'max_queued_messages 20000', ...lines, ''].join('\n'));
  let child: ChildProcess | undefined;
  let said = '';
  const waiting = new Set<{ pattern: RegExp; tell: () => void }>();
  return {
    logs: (pattern) =>
      new Promise((resolve) => {
        const entry = { pattern, tell: () => waiting.delete(entry) && resolve() };
        waiting.add(entry);
      }),
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    async start() {
      child = spawn('/usr/sbin/mosquitto', ['-c', file, ...(logs ? ['-v'] : [])], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        const text = chunk.toString();
        said = (said + text).slice(-4000);
        for (const { pattern, tell } of [...waiting]) if (pattern.test(text)) tell();
      });
      await listening(port, () => {
        if (child?.exitCode !== null) throw new Error(`mosquitto ended: ${said}`);
      });
    },
    async stop(signal = 'SIGTERM') {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const ended = once(ending, 'exit');
      ending.kill(signal);
      await ended;
    },
  };
}

/**
 * A mosquitto with the very settings that `carrier broker` writes, except for its two ports: `url` is the terminals',
 * `carrierUrl` the carriers'.
 */
export async function createRecommendedMosquitto(
  directory: string,
  settings: string,
): Promise<Broker & { readonly carrierUrl: string }> {
  const carrierPort = await freePort();
  const [, terminals = '', carriers = ''] = settings
    .split('\n')
    .filter((line) => !line.startsWith('max_queued'))
    .join('\n')
    .split(/^listener \d+$/m);
  const broker = await createMosquitto(
    directory,
    [
      terminals,
      `listener ${carrierPort} 127.0.0.1`,
      carriers,
      // The test's files belong to whoever runs it.
      `user ${process.getuid?.() === 0 ? 'root' : 'nobody'}`,
    ],
    { scheme: 'mqtts' },
  );
  return { ...broker, carrierUrl: `mqtts://127.0.0.1:${carrierPort}` };
}

/** The embedded broker: MQTT 3.1.1 and nothing else. */
export async function createAedes(): Promise<Broker> {
  const port = await freePort();
  let stopNow = async (): Promise<void> => {};
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    logs: () => Promise.reject(new Error('aedes tells nothing')),
    async start() {
      const aedes = await Aedes.createBroker();
      const sockets = new Set<Socket>();
      const server: Server = createServer((socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        aedes.handle(socket);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      stopNow = async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise<void>((resolve) => server.close(() => resolve()));
        await new Promise<void>((resolve) => aedes.close(() => resolve()));
      };
    },
    async stop() {
      const now = stopNow;
      stopNow = async () => {};
      await now();
    },
  };
}

async function listening(port: number, look: () => void): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    look();
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(socket.destroy() !== undefined));
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(25);
  }
  throw new Error('the broker does not listen');
}
