/** Bounds of a rate, 0..1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % interval of `events` in `trials` (Wilson 1927): honest near 0, where false matches live; with no event
 * its upper end is about 3.8 / trials. It takes the trials for independent, which comparisons that share a person are
 * not: real uncertainty is wider.
 */
export function wilson(events: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const rate = events / trials;
  const square = Z * Z;
  const centre = rate + square / (2 * trials);
  const half = Z * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  // Rounding must not push an end past the rate itself.
  return {
    low: events === 0 ? 0 : Math.max(0, (centre - half) / scale),
    high: events === trials ? 1 : Math.min(1, (centre + half) / scale),
  };
}
