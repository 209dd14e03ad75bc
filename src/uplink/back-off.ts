/**
 * Waits between attempts to connect: exponential with full jitter, so that a fleet that lost its broker at one moment
 * does not come back at one moment.
 */
export interface BackOff {
  /** Milliseconds before the next attempt, 0 to the present window. */
  next(): number;
  /** The connection held: begin anew. */
  reset(): void;
}

export function createBackOff(
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
  random: () => number,
): BackOff {
  let attempts = 0;
  return {
    next() {
      // 2^30 is beyond every cap; without the bound a terminal that is offline for weeks would reach Infinity.
      const window = Math.min(mostMs, firstMs * 2 ** Math.min(attempts, 30));
      attempts++;
      return Math.round(random() * window);
    },
    reset() {
      attempts = 0;
    },
  };
}
