import type { Outcome, Reason } from '../domain/outcome.js';

/** How a visit ended, thrown through whatever was under way. Not a fault: it is the result. */
export class VisitEnding extends Error {
  // An AbortError, so that every part that is told to stop takes it for a cancellation.
  override readonly name = 'AbortError';
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];

  constructor(outcome: Outcome, ...reasons: readonly Reason[]) {
    super(`the visit ended: ${outcome}`);
    this.outcome = outcome;
    this.reasons = reasons;
  }
}
