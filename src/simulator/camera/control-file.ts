import { readFile, stat } from 'node:fs/promises';
import { type Control, controlSchema } from './control.js';

/** Looking more often than this costs more than it gives. */
const PAUSE_MS = 60;

/** Looks after a control file: it is read again whenever it was written or another was renamed into its place. */
export class ControlFile {
  readonly #path: string;
  readonly #complain: (error: unknown) => void;
  #seen = '';
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** `complain` is told once of a file that is not there or says what is not understood; what was before stays. */
  constructor(path: string, complain: (error: unknown) => void) {
    this.#path = path;
    this.#complain = complain;
  }

  /** What the file says if it is new since the last call. The same words written again are new. */
  async changed(ms: number): Promise<Control | undefined> {
    if (ms - this.#lookedMs < PAUSE_MS) return undefined;
    this.#lookedMs = ms;
    try {
      const { ino, mtimeMs, size } = await stat(this.#path);
      const now = `${ino} ${mtimeMs} ${size}`;
      if (now === this.#seen) return undefined;
      this.#seen = now;
      return controlSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing || this.#seen !== 'missing') this.#complain(error);
      if (missing) this.#seen = 'missing';
      return undefined;
    }
  }
}
