import type { Guidance } from '../domain/face.js';

/** Time to take something off. Video milliseconds. */
const WAIT_MS = 4000;

/**
 * Somebody who is asked to uncover the face is waited for, but not for ever: what looks covered may be how a person
 * looks, and nobody is to be kept out by a hint. Afterwards the hint stays and the frames count.
 */
export class UncoverWait {
  #since: number | undefined;

  /** Whether a frame may be compared by what it shows. */
  lets(guidance: readonly Guidance[], atMs: number): boolean {
    const others = guidance.filter((each) => each !== 'uncover-your-face');
    if (others.length === guidance.length) return others.length === 0;
    this.#since ??= atMs;
    return others.length === 0 && atMs - this.#since >= WAIT_MS;
  }
}
