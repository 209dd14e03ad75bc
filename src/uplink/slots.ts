import type { CountersignError } from '../domain/errors.js';

/** Permits for unacknowledged messages: MQTT.js itself ignores the broker's Receive Maximum. */
export interface Slots {
  /** Calls `start` as soon as there is a permit, at once where one is free, or `refuse` when the line is lost. */
  take(start: () => void, refuse: (fault: CountersignError) => void): void;
  free(): void;
  /** Everyone who waits, now and later, is refused. */
  fail(fault: CountersignError): void;
}

export function createSlots(most: number): Slots {
  let free = most;
  let failed: CountersignError | undefined;
  const waiting: { start: () => void; refuse: (fault: CountersignError) => void }[] = [];
  return {
    take(start, refuse) {
      if (failed !== undefined) refuse(failed);
      else if (free === 0) waiting.push({ start, refuse });
      else {
        free--;
        start();
      }
    },
    free() {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next.start();
    },
    fail(fault) {
      failed = fault;
      for (const { refuse } of waiting.splice(0)) refuse(fault);
    },
  };
}
