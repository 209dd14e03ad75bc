import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DemoBroker {
  readonly name: string;
  readonly url: string;
  close(): Promise<void>;
}

/** mosquitto where it is installed, else the embedded aedes (MQTT 3.1.1 only). */
export async function startBroker(directory: string): Promise<DemoBroker> {
  const mosquitto = findMosquitto();
  return mosquitto === undefined ? startAedes() : startMosquitto(mosquitto, directory);
}

function findMosquitto(): string | undefined {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return places.map((place) => join(place, 'mosquitto')).find((file) => existsSync(file));
}

async function startMosquitto(program: string, directory: string): Promise<DemoBroker> {
  const port = await freePort();
  const file = join(directory, 'mosquitto.conf');
  await writeFile(
    file,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence false',
      'max_inflight_messages 20',
      '',
    ].join('\n'),
  );
  const child = spawn(program, ['-c', file], { stdio: 'ignore' });
  await answering(port, child);
  return {
    name: 'mosquitto',
    url: `mqtt://127.0.0.1:${port}`,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function startAedes(): Promise<DemoBroker> {
  const { Aedes } = await import('aedes');
  const aedes = await Aedes.createBroker();
  const server: Server = createServer((socket) => aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    name: 'aedes (embedded, MQTT 3.1.1)',
    url: `mqtt://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        aedes.close(() => server.close(() => resolve()));
      }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Waits until somebody listens, as a broker's exit would otherwise be found out only by time-outs later. */
async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(socket.destroy() !== undefined));
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error('mosquitto does not listen');
}
