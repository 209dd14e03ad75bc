import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const alive = new Set();
const directories = new Set();
process.on('exit', () => {
  for (const each of alive) each.kill('SIGKILL');
  // Whoever was killed just now may still have made a file.
  for (const each of directories)
    rmSync(each, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Gone with this process, as are the processes below. */
export function ownDirectory(prefix) {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  directories.add(directory);
  return directory;
}

/** Ends with this process, also when that is interrupted. */
export function spawnOwned(command, words, options) {
  const child = spawn(command, words, options);
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

/** A process beside this file that is talked to in lines; `onLine` gets each line's words. */
export function startLines(name, words, { onLine, env = {} }) {
  const file = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const child = spawnOwned(process.execPath, [file, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  let ready = () => {};
  const started = new Promise((resolve, reject) => {
    ready = resolve;
    void ended.then(() => reject(new Error(`${name} ended before it was ready`)));
  });
  started.catch(() => {});
  lines.on('line', (line) => {
    if (line === 'ready') ready();
    else onLine(...line.split(' '));
  });
  const tell = (line) => child.stdin.write(`${line}\n`);
  return {
    tell,
    started,
    ended,
    async end() {
      tell('end');
      await Promise.race([ended, sleep(15_000, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Waits until it holds; false when it did not within the time. */
export async function holds(condition, withinMs, everyMs = 20) {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await sleep(everyMs);
  }
  return true;
}
