import type { Clock } from '../clock/port.js';
import type { Check } from '../domain/check.js';
import { isAbort } from '../domain/errors.js';

export type PartCheck = () => Promise<Check>;

interface Asked {
  readonly check: PartCheck;
  name: string;
  /** The question that is still unanswered: a part that hangs is not asked again on top. */
  pending: Promise<Check> | undefined;
}

/** Asks every part how it is, all at once, and waits for each no longer than `limitMs`. */
export function createRounds(
  checks: readonly PartCheck[],
  clock: Clock,
  limitMs: number,
): { round(signal: AbortSignal): Promise<Check[]> } {
  const asked: Asked[] = checks.map((check, index) => ({
    check,
    name: `part-${index + 1}`,
    pending: undefined,
  }));

  const ask = (part: Asked): Promise<Check> => {
    const answer = part.pending ?? part.check();
    part.pending = answer;
    // Whoever answers after the limit frees the way for the next question.
    const done = (): void => {
      part.pending = undefined;
    };
    answer.then(done, done);
    return answer;
  };
  const within = async (part: Asked, signal: AbortSignal): Promise<Check> => {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    if (signal.aborted) end();
    // Not AbortSignal.any: it leaves something behind in the signal that lives as long as the service, each time.
    signal.addEventListener('abort', end, { once: true });
    const late = clock.sleep(limitMs, stop.signal).then(() => silent(part.name, limitMs));
    late.catch(() => {});
    try {
      const found = await Promise.race([ask(part), late]);
      part.name = found.name;
      return found;
    } catch (error) {
      if (isAbort(error) && signal.aborted) throw error;
      return broken(part.name, error);
    } finally {
      signal.removeEventListener('abort', end);
      stop.abort();
    }
  };
  return { round: (signal) => Promise.all(asked.map((part) => within(part, signal))) };
}

function silent(name: string, limitMs: number): Check {
  return {
    name,
    ok: false,
    detail: `does not answer within ${limitMs / 1000} s`,
    advice: 'The service is started anew by systemd; if it stays, send the log to us.',
    curedByRestart: true,
  };
}

/** A check that throws breaks its promise; that is a defect, which a new start may clear. */
function broken(name: string, error: unknown): Check {
  return {
    name,
    ok: false,
    detail: `its check failed: ${error instanceof Error ? error.name : 'unknown error'}`,
    advice: 'Report this to us with the log.',
    curedByRestart: true,
  };
}
