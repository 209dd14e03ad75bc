import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Logger } from 'pino';
import { abortError } from './abort.js';
import { cardFault } from './errors.js';

/** 102x126 in 24 bits is 38,862 bytes as BMP; nothing that a decoder may rightly write comes near this. */
const MOST_OUTPUT_BYTES = 4_000_000;
const MOST_COMPLAINT_CHARACTERS = 300;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs the decoder on one photo and returns what it wrote. Its whole process group is killed when it is too slow,
 * writes too much or is no longer wanted.
 *
 * @throws CARD_PHOTO_DECODER_FAILED, AbortError
 */
export async function runDecoder(
  { command, timeoutMs }: { readonly command: readonly string[]; readonly timeoutMs: number },
  input: Uint8Array,
  signal: AbortSignal,
  logger?: Logger,
): Promise<Buffer> {
  if (signal.aborted) throw abortError();
  const [program = '', ...parameters] = command;
  // Only what a program needs to start: no secrets of the service's environment.
  const environment = {
    PATH: process.env['PATH'],
    LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'],
    LANG: 'C.UTF-8',
  };
  const child: Child = spawn(program, parameters, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment,
  });
  const onAbort = () => killGroup(child);
  signal.addEventListener('abort', onAbort, { once: true });
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
    killGroup(child);
  }, timeoutMs);
  try {
    const result = await collect(child, input);
    if (signal.aborted) throw abortError();
    if (result.ok) return result.output;
    result.output.fill(0);
    logger?.warn({ complaint: result.complaint, exit: result.exit }, 'photo decoder failed');
    throw cardFault('PHOTO_DECODER_FAILED', {
      cause: result.cause,
      details: slow ? { problem: 'too slow', timeoutMs } : { problem: result.exit },
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    // What the decoder may have started and left behind ends with it.
    killGroup(child);
  }
}

interface Collected {
  readonly ok: boolean;
  readonly output: Buffer;
  readonly complaint: string;
  readonly exit: string;
  readonly cause?: Error;
}

function collect(child: Child, input: Uint8Array): Promise<Collected> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let complaint = '';
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MOST_OUTPUT_BYTES) killGroup(child);
      else pieces.push(piece);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, MOST_COMPLAINT_CHARACTERS);
    });
    // A decoder that does not read its input to the end breaks the pipe; its exit says whether that was right.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const finish = (exit: string, ok: boolean, cause?: Error) => {
      const output = Buffer.concat(pieces);
      for (const piece of pieces) piece.fill(0);
      resolve({ ok, output, complaint, exit, ...(cause === undefined ? {} : { cause }) });
    };
    child.on('error', (cause) => finish('could not be started', false, cause));
    child.on('exit', () => {
      // A grandchild that keeps a pipe open must not keep us.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 200).unref();
    });
    child.on('close', (code, signalName) => {
      if (bytes > MOST_OUTPUT_BYTES) return finish('wrote too much', false);
      return finish(code === null ? `ended by ${signalName}` : `exit code ${code}`, code === 0);
    });
  });
}

function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}
