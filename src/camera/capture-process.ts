import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type CameraClock, endsWithin } from './abort.js';

/** A program that was asked to end gets so long to switch the camera off. */
const POLITE_MS = 1000;
/** A helper that escaped the group may hold the pipe open; nobody waits for it longer. */
const DRAIN_MS = 200;
const MOST_COMPLAINT_CHARACTERS = 300;

/** How programs colour what they write to a terminal. */
const COLOUR = /\p{Cc}\[[0-9;]*m/gu;

/** What such a program may need; no secrets of the service's environment. */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'HOME', 'TZ', 'XDG_RUNTIME_DIR'];

export interface CaptureEnd {
  /** e.g. `exit code 1`, `ended by SIGKILL`, `could not be started`. */
  readonly how: string;
  readonly clean: boolean;
  readonly cause?: Error;
}

/**
 * A program that writes pictures to its stdout, in a process group of its own and without a shell. What became of it
 * is in `ended`; only a command that no system could run (a NUL in it) throws at once.
 */
export class CaptureProcess {
  /** Resolves when the program has ended and all that it wrote was handed on. */
  readonly ended: Promise<CaptureEnd>;

  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #clock: CameraClock;
  #complaint = '';
  #over = false;
  #stopping: Promise<void> | undefined;

  constructor(command: readonly string[], onData: (chunk: Buffer) => void, clock: CameraClock) {
    const [program = '', ...parameters] = command;
    this.#clock = clock;
    this.#child = spawn(program, parameters, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: passOn(process.env),
    });
    this.ended = this.#follow();
    // Without a free descriptor there are no pipes; the error that says so is on its way.
    if (this.#child.stdout === undefined) return;
    this.#child.stdout.on('data', (chunk: Buffer) => {
      onData(chunk);
      // It is the picture of a person, and was copied.
      chunk.fill(0);
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-MOST_COMPLAINT_CHARACTERS);
    });
  }

  /** The end of what the program wrote to its stderr, on one line. */
  get complaint(): string {
    return this.#complaint
      .replaceAll(COLOUR, '')
      .replaceAll(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ')
      .trim();
  }

  /** Ends the program and everything it has started: SIGTERM, then SIGKILL. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#signal('SIGTERM');
      if (!(await endsWithin(this.ended, POLITE_MS, this.#clock))) this.#signal('SIGKILL');
      await this.ended;
    })();
    return this.#stopping;
  }

  #follow(): Promise<CaptureEnd> {
    return new Promise<CaptureEnd>((resolve) => {
      this.#child.once('error', (cause) => resolve({ how: 'could not be started', clean: false, cause }));
      this.#child.once('exit', () => {
        // Helpers that it has started do not outlive it.
        this.#signal('SIGKILL');
        const timer = setTimeout(() => {
          this.#child.stdout.destroy();
          this.#child.stderr.destroy();
        }, DRAIN_MS);
        this.#child.once('close', () => clearTimeout(timer));
      });
      this.#child.once('close', (code, signal) => {
        resolve({ how: code === null ? `ended by ${signal}` : `exit code ${code}`, clean: code === 0 });
      });
    }).finally(() => {
      this.#over = true;
    });
  }

  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    // The number of a group that is over may be another's by now.
    if (pid === undefined || this.#over) return;
    try {
      process.kill(-pid, name);
    } catch {
      // The group has ended by itself.
    }
  }
}

function passOn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => PASSED_ON.includes(name) || name.startsWith('LIBCAMERA_'),
  );
  return { ...Object.fromEntries(kept), LANG: 'C.UTF-8' };
}
