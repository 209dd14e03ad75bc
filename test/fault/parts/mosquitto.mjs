import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnOwned } from './line-child.mjs';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A real mosquitto on loopback with its own defaults; tells every connection it accepted to `onConnected`. */
export async function createMosquitto(directory, { lines = [], onConnected = () => {} } = {}) {
  const port = await freePort();
  const file = join(directory, `mosquitto-${port}.conf`);
  const all = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', ...lines, ''];
  writeFileSync(file, all.join('\n'));
  let child;
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      child = spawnOwned('/usr/sbin/mosquitto', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
      const mine = child;
      let rest = '';
      mine.stderr.on('data', (chunk) => {
        const parts = `${rest}${chunk}`.split('\n');
        rest = parts.pop();
        for (const line of parts) {
          const found = /New client connected from \S+ as (\S+)/.exec(line);
          if (found !== null) onConnected(found[1]);
        }
      });
      await listening(port, () => mine.exitCode === null && mine.signalCode === null);
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

export async function listening(port, lives, attempts = 400) {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (!lives()) break;
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(socket.destroy() !== undefined));
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(25);
  }
  throw new Error('the broker does not listen');
}
