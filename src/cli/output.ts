/** Exit codes of every command: 0 done, 1 it ran and the answer is no, 2 wrong usage or configuration, 3 a device or file could not be used. */
export const EXIT = { done: 0, no: 1, usage: 2, unusable: 3 } as const;

/** JSON for programs goes to stdout; nothing else does when `--json` is asked for. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A line for people, on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Progress and complaints, on stderr, so that stdout stays clean. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
