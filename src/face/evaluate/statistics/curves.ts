import { countBelow, nextAbove, type SortedScores } from './rates.js';

/** One point of a detection error trade-off curve. */
export interface DetPoint {
  readonly threshold: number;
  readonly fmr: number;
  readonly fnmr: number;
}

const PER_DECADE = 24;

/** The curve by rising threshold, as many points as an eye can tell apart however many scores there are. */
export function detCurve({ genuine, impostor }: SortedScores): DetPoint[] {
  if (genuine.length === 0 || impostor.length === 0) return [];
  const thresholds = new Set<number>();
  for (const rank of ranks(impostor.length)) {
    thresholds.add(nextAbove(impostor[impostor.length - rank] as number));
    thresholds.add(nextAbove(impostor[rank - 1] as number));
  }
  for (const rank of ranks(genuine.length)) {
    thresholds.add(nextAbove(genuine[rank - 1] as number));
    thresholds.add(nextAbove(genuine[genuine.length - rank] as number));
  }
  return [...thresholds]
    .sort((a, b) => a - b)
    .map((threshold) => ({
      threshold,
      fmr: (impostor.length - countBelow(impostor, threshold)) / impostor.length,
      fnmr: countBelow(genuine, threshold) / genuine.length,
    }));
}

/** 1, 2, 3 ... and from some ten on in equal steps of the logarithm, up to `count`. */
function ranks(count: number): number[] {
  const found = new Set<number>([1]);
  for (let at = 0; ; at++) {
    const rank = Math.round(10 ** (at / PER_DECADE));
    if (rank > count) break;
    found.add(rank);
  }
  found.add(count);
  return [...found];
}

/** Shares of the scores in bins of equal width. */
export interface Histogram {
  readonly from: number;
  readonly binWidth: number;
  readonly genuine: readonly number[];
  readonly impostor: readonly number[];
}

export function histogramOf({ genuine, impostor }: SortedScores, bins = 64): Histogram {
  const lowest = Math.min(genuine[0] ?? Number.POSITIVE_INFINITY, impostor[0] ?? Number.POSITIVE_INFINITY);
  const highest = Math.max(
    genuine.at(-1) ?? Number.NEGATIVE_INFINITY,
    impostor.at(-1) ?? Number.NEGATIVE_INFINITY,
  );
  if (!(highest >= lowest)) return { from: 0, binWidth: 1, genuine: [], impostor: [] };
  const binWidth = (highest - lowest || 1) / bins;
  const shares = (sorted: Float32Array): number[] => {
    const edges = Array.from({ length: bins + 1 }, (_, bin) =>
      bin === bins ? sorted.length : countBelow(sorted, lowest + bin * binWidth),
    );
    return Array.from(
      { length: bins },
      (_, bin) => ((edges[bin + 1] as number) - (edges[bin] as number)) / (sorted.length || 1),
    );
  };
  return { from: lowest, binWidth, genuine: shares(genuine), impostor: shares(impostor) };
}

/** Inverse of the normal distribution (Acklam 2003, relative error below 1.2e-9): the axis of a DET drawing. */
export function probit(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -probit(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(TAIL, q) / (poly(TAIL_BELOW, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (poly(MIDDLE, r) * q) / (poly(MIDDLE_BELOW, r) * r + 1);
}

const MIDDLE = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const MIDDLE_BELOW = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
];
const TAIL = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BELOW = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

function poly(factors: readonly number[], x: number): number {
  return factors.reduce((sum, factor) => sum * x + factor, 0);
}
