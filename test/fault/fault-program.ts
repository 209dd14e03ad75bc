import { execFile } from 'node:child_process';

const PROGRAM = new URL('./run.mjs', import.meta.url).pathname;

export interface FaultRun {
  readonly ok: boolean;
  readonly figures: unknown;
}

/** Runs one program of this directory in a process of its own, and gives what it printed. */
export function runFault(name: string, count: number, control = false): Promise<FaultRun> {
  const words = [PROGRAM, name, '--count', String(count), ...(control ? ['--control'] : [])];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, (error, stdout, stderr) => {
      // Exit code 1 means that it ran and that it was not as it should be: its figures say what.
      const printed = stdout.trim().split('\n').at(-1) ?? '';
      if (printed.startsWith('{')) resolve(JSON.parse(printed) as FaultRun);
      else reject(error ?? new Error(stderr));
    });
  });
}
