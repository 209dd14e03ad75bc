import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const START_MS = 5000;

/**
 * A pseudo terminal under a name of our choice, made by socat because Node cannot make one. The other end is what a
 * program under test opens as its serial port.
 *
 * We hold that end open, too: else the first program that closes it would end the terminal.
 */
export class PtyLine {
  readonly #link: string;
  readonly #receive: (bytes: Uint8Array) => void;
  #child: Child | undefined;
  #held: FileHandle | undefined;

  constructor(link: string, receive: (bytes: Uint8Array) => void) {
    this.#link = link;
    this.#receive = receive;
  }

  get open(): boolean {
    return this.#child !== undefined;
  }

  async start(): Promise<void> {
    // Left behind by one that was killed: it must not be taken for ours.
    if (await isLink(this.#link)) await rm(this.#link);
    const child: Child = spawn('socat', [`pty,link=${this.#link},raw,echo=0`, 'stdio'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let problem = '';
    child.on('error', () => {
      problem = 'socat cannot be started: install the package socat';
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problem = (problem + text).slice(0, 300);
    });
    child.stdin.on('error', () => {});
    child.stdout.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#child = child;
    const until = Date.now() + START_MS;
    while (!(await isLink(this.#link))) {
      if (child.exitCode !== null || Date.now() > until || child.pid === undefined) {
        await this.stop();
        throw new Error(`no pseudo terminal at ${this.#link}: ${problem.trim()}`);
      }
      await sleep(2);
    }
    this.#held = await open(this.#link, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  }

  /** Bytes towards the program under test; thrown away while the line is down. */
  send(bytes: Uint8Array): void {
    if (this.#child?.stdin.writable === true) this.#child.stdin.write(bytes);
  }

  /** Takes the port away, as pulling the plug does: whoever has it open is hung up. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    const held = this.#held;
    this.#held = undefined;
    await held?.close();
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // SIGTERM lets socat take its link away.
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000);
    await ended;
    clearTimeout(timer);
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}
