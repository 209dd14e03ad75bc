import { type Interval, wilson } from './interval.js';

/** Comparison scores of one group, sorted upwards by `sortScores`. A score at or above the threshold is a match. */
export interface SortedScores {
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
}

/** Sorts in place: no second copy of what may be tens of millions of numbers. */
export function sortScores(genuine: Float32Array, impostor: Float32Array): SortedScores {
  return { genuine: genuine.sort(), impostor: impostor.sort() };
}

/** Errors counted at one threshold. */
export interface ErrorRates {
  readonly threshold: number;
  readonly fmr: number;
  readonly fnmr: number;
  readonly falseMatches: number;
  readonly falseNonMatches: number;
  readonly fmrInterval: Interval;
  readonly fnmrInterval: Interval;
}

/** False-match and false-non-match rate at a threshold, with 95 % intervals. */
export function ratesAt({ genuine, impostor }: SortedScores, threshold: number): ErrorRates {
  const falseNonMatches = countBelow(genuine, threshold);
  const falseMatches = impostor.length - countBelow(impostor, threshold);
  return {
    threshold,
    fmr: falseMatches / (impostor.length || 1),
    fnmr: falseNonMatches / (genuine.length || 1),
    falseMatches,
    falseNonMatches,
    fmrInterval: wilson(falseMatches, impostor.length),
    fnmrInterval: wilson(falseNonMatches, genuine.length),
  };
}

/** The lowest threshold (a float32, as the scores are) at which at most this share of the impostors matches. */
export function thresholdForFmr({ impostor }: SortedScores, fmr: number): number {
  const allowed = Math.floor(fmr * impostor.length * (1 + 1e-12));
  const first = impostor[impostor.length - 1 - allowed];
  return first === undefined ? Number.NEGATIVE_INFINITY : nextAbove(first);
}

/** Three impostors expected above the threshold: with fewer, even none seen says nothing of the rate ("rule of 3"). */
export function supports({ impostor }: SortedScores, fmr: number): boolean {
  return impostor.length * fmr >= 3 * (1 - 1e-9);
}

/** Fewer than thirty expected errors: the rate is off by more than 30 % easily ("rule of 30", ISO/IEC 19795-1). */
export function isThin({ impostor }: SortedScores, fmr: number): boolean {
  return impostor.length * fmr < 30 * (1 - 1e-9);
}

export interface EqualErrorRate {
  readonly rate: number;
  readonly threshold: number;
}

/** Where both rates are the same, on the straight line between the two neighbouring thresholds. */
export function equalErrorRate(scores: SortedScores): EqualErrorRate | undefined {
  const { genuine, impostor } = scores;
  if (genuine.length === 0 || impostor.length === 0) return undefined;
  let before = { threshold: Number.NEGATIVE_INFINITY, fmr: 1, fnmr: 0 };
  let g = 0;
  let i = 0;
  for (;;) {
    const lowest = Math.min(genuine[g] ?? Number.POSITIVE_INFINITY, impostor[i] ?? Number.POSITIVE_INFINITY);
    while (genuine[g] === lowest) g++;
    while (impostor[i] === lowest) i++;
    // Just above `lowest`: what has been passed does not match.
    const here = {
      threshold: nextAbove(lowest),
      fmr: (impostor.length - i) / impostor.length,
      fnmr: g / genuine.length,
    };
    if (here.fnmr >= here.fmr) {
      const gapBefore = before.fmr - before.fnmr;
      const part = gapBefore / (gapBefore + here.fnmr - here.fmr);
      return { rate: before.fmr + part * (here.fmr - before.fmr), threshold: here.threshold };
    }
    before = here;
  }
}

/** How many of the sorted numbers lie below `threshold`. */
export function countBelow(sorted: Float32Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);

/** The next float32 upwards. */
export function nextAbove(value: number): number {
  FLOAT[0] = value;
  if (FLOAT[0] === 0) BITS[0] = 1;
  else BITS[0] = (BITS[0] as number) + (FLOAT[0] > 0 ? 1 : -1);
  return FLOAT[0] as number;
}
