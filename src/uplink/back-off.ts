/**
 * Waits between attempts to connect: exponential with full jitter, so that a fleet that lost its broker at one moment
 * does not come back at one moment.
 */
export interface BackOff {
  /** Milliseconds before the next attempt, 0 to the present window. */
  next(): number;
  /**
   * A connection was lost, perhaps by a whole fleet with its broker: the next window is a wide one. `held`: it had
   * stood long enough to begin anew; else the windows go on growing.
   */
  lost(held: boolean): void;
}

/**
 * How much wider the first window is after a loss. A broker that restarts in a second meets all its terminals within
 * one window: with 2 s these would be 500 a second of a thousand, with 10 s they are 100.
 */
const SPREAD = 5;

export function createBackOff(
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
  random: () => number,
): BackOff {
  let window = Math.min(mostMs, firstMs);
  return {
    next() {
      const wait = Math.round(random() * window);
      window = Math.min(mostMs, window * 2);
      return wait;
    },
    lost(held) {
      const wide = Math.min(mostMs, firstMs * SPREAD);
      window = held ? wide : Math.max(window, wide);
    },
  };
}
