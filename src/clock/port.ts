import type { Instant } from '../domain/clock.js';

/**
 * Time with a confidence. Monotonic time is what order and time-outs rest on; wall time is a statement for people.
 *
 * - `now` never throws and never goes below the floor that earlier runs recorded.
 * - `sleep` ends with an `AbortError` as soon as the signal is aborted, and leaves no timer behind.
 */
export interface Clock {
  now(): Instant;
  /** Monotonic milliseconds since the process began. */
  elapsed(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Today in China (UTC+8), `YYYY-MM-DD`: the date by which cards are valid. */
  today(): string;
}
