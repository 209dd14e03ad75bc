import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Check } from '#built/domain/check.js';
import type { LampPattern } from '#built/lights/port.js';

const PROCESS = new URL('./lights-process.mjs', import.meta.url).pathname;

/** Line 17 of a Raspberry Pi 4 with a newer kernel is the global number 529. */
export const BASE = 512;

/** Puts prepared directories where the kernel has its own, for one program and its children alone. */
const MOUNT = `
set -e
mount -t tmpfs lamps /sys/class
for name in gpio leds; do
  [ -d "$1/$name" ] || continue
  mkdir /sys/class/$name
  mount --bind "$1/$name" /sys/class/$name
  [ ! -e "$1/$name/denied" ] || mount -o remount,bind,ro /sys/class/$name
done
shift
exec "$@"
`;

/** The kernel's part: a number that is written to \`export\` brings a line into being, in one piece. */
const KERNEL = `
cd "$1"
while number=$(cat export); do
  [ -n "$number" ] || exit 0
  mkdir new
  printf 0 > new/value; printf 0 > new/active_low; printf in > new/direction
  mv new "gpio$number"
done
`;

export interface Directory {
  readonly path: string;
  read(file: string): Promise<string>;
  strike(): Promise<void>;
}

/** Directories as the kernel has them, not yet in their place. */
export async function prepare(what: { gpio?: boolean; leds?: readonly string[] }): Promise<Directory> {
  const path = await mkdtemp(join(tmpdir(), 'lights-'));
  let kernel: ReturnType<typeof spawn> | undefined;
  if (what.gpio === true) {
    const chip = join(path, 'gpio', `gpiochip${BASE}`);
    await mkdir(chip, { recursive: true });
    for (const [file, text] of [
      ['label', 'pinctrl-bcm2711\n'],
      ['base', `${BASE}\n`],
      ['ngpio', '58\n'],
    ] as const) {
      await writeFile(join(chip, file), text);
    }
    await writeFile(join(path, 'gpio', 'unexport'), '');
    execFileSync('mkfifo', [join(path, 'gpio', 'export')]);
    kernel = spawn('/bin/sh', ['-c', KERNEL, 'kernel', join(path, 'gpio')], {
      stdio: 'ignore',
      detached: true,
    });
  }
  for (const name of what.leds ?? []) await addLed(path, name);
  return {
    path,
    read: (file) => readFile(join(path, file), 'utf8'),
    strike: async () => {
      if (kernel?.pid !== undefined) {
        if (kernel.exitCode === null && kernel.signalCode === null) {
          process.kill(-kernel.pid, 'SIGKILL');
          await once(kernel, 'exit');
        }
      }
      await rm(path, { recursive: true, force: true });
    },
  };
}

export async function addLed(path: string, name: string): Promise<void> {
  const led = join(path, 'leds', name);
  await mkdir(led, { recursive: true });
  await writeFile(join(led, 'trigger'), 'none [heartbeat] mmc0\n');
  await writeFile(join(led, 'max_brightness'), '255\n');
  await writeFile(join(led, 'brightness'), '0\n');
}

/** A program that sees the prepared directories below /sys/class. Fails, and says why, where that is not allowed. */
export function spawnInside(path: string, ...command: string[]): ChildProcessWithoutNullStreams {
  const [program = '', ...words] = commandInside(path, ...command);
  return spawn(program, words);
}

/** The command that starts such a program; its process becomes the program's. */
export function commandInside(path: string, ...command: string[]): string[] {
  const rights = process.getuid?.() === 0 ? '-m' : '-rm';
  return ['unshare', rights, '/bin/sh', '-c', MOUNT, 'mount', path, ...command];
}

/** The shipped driver in a process of its own that sees the prepared directories. */
export class LightsProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: Interface;
  readonly #ended: Promise<never>;
  #complaint = '';

  constructor(path: string, driver: 'gpio' | 'leds', options: object) {
    this.#child = spawnInside(path, process.execPath, PROCESS, driver, JSON.stringify(options));
    this.#answers = createInterface({ input: this.#child.stdout });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text;
    });
    this.#child.stdin.on('error', () => {});
    this.#ended = once(this.#child, 'close').then(([code]) => {
      const rights = 'mount namespaces need root, or namespaces for everybody';
      throw new Error(`the process of the lamps ended with ${code} (${rights}): ${this.#complaint}`);
    });
    this.#ended.catch(() => {});
  }

  show(pattern: LampPattern): Promise<unknown> {
    return this.#ask({ show: pattern });
  }

  async check(): Promise<Check> {
    return (await this.#ask({ check: true })) as Check;
  }

  close(): Promise<unknown> {
    return this.#ask({ close: true });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin.end();
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #ask(question: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const [line] = await Promise.race([once(this.#answers, 'line'), this.#ended]);
    return JSON.parse(String(line));
  }
}
