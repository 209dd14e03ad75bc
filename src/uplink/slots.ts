import type { CountersignError } from '../domain/errors.js';

/** Permits for unacknowledged messages: MQTT.js itself ignores the broker's Receive Maximum. */
export interface Slots {
  /** Resolves when there is a permit; rejects once the line is lost. */
  take(): Promise<void>;
  free(): void;
  /** Everyone who waits, now and later, is refused. */
  fail(fault: CountersignError): void;
}

export function createSlots(most: number): Slots {
  let free = most;
  let failed: CountersignError | undefined;
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return {
    take() {
      if (failed !== undefined) return Promise.reject(failed);
      if (free > 0) {
        free--;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    free() {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next.resolve();
    },
    fail(fault) {
      failed = fault;
      for (const { reject } of waiting.splice(0)) reject(fault);
    },
  };
}
