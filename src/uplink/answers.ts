import { type CountersignError, isCountersignError } from '../domain/errors.js';
import { uplinkFault } from './errors.js';

/** Waits for the broker's answers, each for a limited time. */
export interface Answers {
  /**
   * `told` is called once, with the fault unless the broker said yes.
   *
   * @param send sends it, and calls back when the broker's answer is there
   */
  ask(
    on: 'publish' | 'subscribe',
    send: (done: (error?: Error | null) => void) => void,
    told: (fault?: CountersignError) => void,
  ): void;
  /** Settles what is still open: MQTT.js does not always call back when the link drops. */
  fail(): void;
}

interface Open {
  readonly on: 'publish' | 'subscribe';
  /** Monotonic ms. */
  readonly dueAt: number;
  readonly told: (fault?: CountersignError) => void;
}

/** @param giveUp called when an answer did not come in time */
export function createAnswers(timeoutMs: number, giveUp: () => void): Answers {
  /** In the order in which they are due: one timer, for the first, serves all. */
  const open = new Set<Open>();
  let timer: NodeJS.Timeout | undefined;

  const watch = (): void => {
    const [first] = open;
    timer = first === undefined ? undefined : setTimeout(look, first.dueAt - performance.now());
  };
  const look = (): void => {
    timer = undefined;
    const now = performance.now();
    const late = [...open].filter(({ dueAt }) => dueAt <= now);
    for (const each of late) settle(each, uplinkFault('TIMEOUT', { details: { on: each.on } }));
    if (late.length > 0) giveUp();
    if (timer === undefined) watch();
  };
  const settle = (each: Open, fault?: CountersignError): void => {
    if (open.delete(each)) each.told(fault);
  };

  return {
    ask(on, send, told) {
      const each: Open = { on, dueAt: performance.now() + timeoutMs, told };
      open.add(each);
      if (timer === undefined) watch();
      send((error) => settle(each, error == null ? undefined : lostBecause(error, on)));
    },
    fail() {
      clearTimeout(timer);
      timer = undefined;
      for (const each of [...open]) settle(each, uplinkFault('LOST'));
    },
  };
}

/** MQTT reason codes stand in `code`, system ones (ECONNREFUSED, CERT_…) too; messages may name hosts and are left out. */
export function lostBecause(error: unknown, on?: string): CountersignError {
  if (isCountersignError(error)) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'number' && code > 0) {
    return uplinkFault('REFUSED', {
      cause: error,
      details: { reason: code, ...(on === undefined ? {} : { on }) },
    });
  }
  return uplinkFault('LOST', {
    cause: error,
    ...(typeof code === 'string' ? { details: { reason: code } } : {}),
  });
}
