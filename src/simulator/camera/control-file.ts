import { readFile, stat } from 'node:fs/promises';
import { type Control, controlSchema } from './control.js';

/** Looks after a control file: it is read again whenever it was written or another was renamed into its place. */
export class ControlFile {
  readonly #path: string;
  readonly #complain: (problem: string) => void;
  #seen = '';
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** `complain` is told of a file that cannot be read or says what is not understood; what was before stays. */
  constructor(path: string, complain: (problem: string) => void) {
    this.#path = path;
    this.#complain = complain;
  }

  /** What the file says if it is new since the last call. The same words written again are new. */
  async changed(ms: number): Promise<Control | undefined> {
    if (ms - this.#lookedMs < 60) return undefined;
    this.#lookedMs = ms;
    try {
      const { ino, mtimeMs, size } = await stat(this.#path);
      const now = `${ino} ${mtimeMs} ${size}`;
      if (now === this.#seen) return undefined;
      this.#seen = now;
      return controlSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#seen) this.#complain(`${this.#path}: ${problem}`);
      if (isMissing(error)) this.#seen = problem;
      return undefined;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
