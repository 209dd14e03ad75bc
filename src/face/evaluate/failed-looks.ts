import type { Acquired } from './acquire.js';
import type { TemplateKind } from './plan.js';

/** A picture at which the program failed in a way that nobody foresaw. */
export interface FailedLook {
  readonly task: number;
  readonly words: string;
  /** The thread is gone as well. */
  readonly died: boolean;
}

/** So many threads lost, or pictures before the first answer of all, without an answer between: no picture is to blame. */
const MOST_AT_FIRST = 3;
/** Once networks have shown that they run, a few odd pictures may well lie side by side in a folder. */
const MOST_IN_A_ROW = 8;

/**
 * Failures since the last picture that gave an answer. They are held back until another one does: only then is it known
 * that they were the pictures' own. What befalls every picture must not be noted as failures, which a later run
 * would not look at again.
 */
export class FailedLooks {
  #held: FailedLook[] = [];
  #answered: boolean = false;

  get count(): number {
    return this.#held.length;
  }

  /** Whether whatever it is befalls every picture. */
  get befallAll(): boolean {
    const died = this.#held.filter((look) => look.died).length;
    return died >= MOST_AT_FIRST || this.count >= (this.#answered ? MOST_IN_A_ROW : MOST_AT_FIRST);
  }

  add(look: FailedLook): void {
    this.#held.push(look);
  }

  /** Those held back until now, as a picture gave an answer. */
  answered(): FailedLook[] {
    this.#answered = true;
    return this.take();
  }

  take(): FailedLook[] {
    return this.#held.splice(0);
  }
}

/** One failure of one picture: its card could not be made for want of it, as of a picture that cannot be used. */
export function programFailed(
  kinds: readonly TemplateKind[],
  detail: string,
): Partial<Record<TemplateKind, Acquired>> {
  const failed = 'program-failed';
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      kind === 'simulated-card' ? { failed: 'no-source', detail: failed } : { failed, detail },
    ]),
  );
}
