import type { LivenessResult } from '../../domain/face.js';
import type { LightChange } from '../port.js';

/** One frame: brightness of the face in parts of the room's. */
export interface Shine {
  readonly atMs: number;
  /** Mean luma of the face over that of the room; more than 0. The camera's own exposure cancels out. */
  readonly ratio: number;
}

/**
 * What the face made of the light that was switched on and off before it.
 * `reflected`: it followed this session's pattern. `not-seen`: nothing can be said, in sunshine for instance, or of a
 * face that is farther off than the light reaches. `other-pattern`: it was lit by steps, but by other ones.
 */
export interface Reflection {
  readonly verdict: NonNullable<LivenessResult['reflection']>;
  /** 0..1: how well the pattern explains the brightness, or how sure it is that another one does. */
  readonly confidence: number;
  /** By what share the light made the face brighter. */
  readonly gain: number;
}

/** From switching a light to the last byte of the frame that shows it: exposure, read-out, encoding, transfer. */
const DELAYS_MS = [0, 40, 80, 120, 160, 200, 240, 280, 320];
/** Frames so near a change are partly of before. */
const MIXED_MS = 50;
const LEAST_FRAMES = 10;
const LEAST_EACH = 4;
const LEAST_CHANGES = 3;
/** A gain that a person's own movement (2 per cent) does not make, and the share of all change that it must explain. */
const LEAST_GAIN = 0.04;
const LEAST_EXPLAINED = 0.6;
/**
 * Another pattern: two levels and nothing between, as a light that is switched makes them, so many times to and fro;
 * and ours explains no more than this share of it at any delay, not even one that no camera has.
 */
const LEAST_TWO_LEVELS = 0.9;
const LEAST_SWITCHES = 6;
const MOST_EXPLAINED = 0.45;
const ANY_DELAY_MS = Array.from({ length: 20 }, (_, i) => i * 60 - 240);

const NOTHING: Reflection = { verdict: 'not-seen', confidence: 0, gain: 0 };

/** Pure. `changes` and `shines` in order of time, by the same clock. Only `other-pattern` is evidence against anybody. */
export function judgeReflection(shines: readonly Shine[], changes: readonly LightChange[]): Reflection {
  const fits = DELAYS_MS.map((delay) => fitAt(shines, changes, delay)).filter((fit) => fit !== undefined);
  // A pattern of too few changes fits anything, and nothing is said of it.
  if (fits.length === 0) return NOTHING;
  const best = fits.reduce((a, b) => (b.gain > 0 && b.explained > a.explained ? b : a));
  const seen = best.gain >= LEAST_GAIN && best.explained >= LEAST_EXPLAINED;
  if (seen) return { verdict: 'reflected', confidence: best.explained, gain: best.gain };
  const { switches, share, height } = levelsOf(shines.map(({ ratio }) => Math.log(ratio)));
  const switched = share >= LEAST_TWO_LEVELS && switches >= LEAST_SWITCHES && height >= LEAST_GAIN;
  const most = Math.max(...ANY_DELAY_MS.map((delay) => fitAt(shines, changes, delay)?.explained ?? 0));
  if (switched && most <= MOST_EXPLAINED) {
    return { verdict: 'other-pattern', confidence: share * (1 - most), gain: best.gain };
  }
  return { ...NOTHING, gain: best.gain };
}

interface Fit {
  readonly gain: number;
  /** Share of the variance, 0..1. */
  readonly explained: number;
}

/** Least squares of the logarithm on lit or not; undefined where the frames saw too little of the pattern. */
function fitAt(shines: readonly Shine[], changes: readonly LightChange[], delayMs: number): Fit | undefined {
  const lit: number[] = [];
  const dark: number[] = [];
  let seen = 0;
  let last: boolean | undefined;
  for (const { atMs, ratio } of shines) {
    const at = atMs - delayMs;
    const near = changes.some((change) => Math.abs(change.atMs - at) < MIXED_MS);
    const state = changes.findLast((change) => change.atMs <= at)?.lit;
    if (near || state === undefined || ratio <= 0) continue;
    (state ? lit : dark).push(Math.log(ratio));
    if (last !== undefined && last !== state) seen++;
    last = state;
  }
  const few = Math.min(lit.length, dark.length) < LEAST_EACH || lit.length + dark.length < LEAST_FRAMES;
  if (few || seen < LEAST_CHANGES) return undefined;
  const all = [...lit, ...dark];
  const step = meanOf(lit) - meanOf(dark);
  const total = squaresOf(all);
  const left = squaresOf(lit) + squaresOf(dark);
  return { gain: Math.exp(step) - 1, explained: total < 1e-9 ? 0 : 1 - left / total };
}

/**
 * The two levels that explain the values best (Otsu 1979): which share of the variance they explain, how far apart they
 * are, and how often the values go from one to the other.
 */
function levelsOf(values: readonly number[]): { share: number; height: number; switches: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const total = squaresOf(values);
  let best = { share: 0, height: 0, border: Number.POSITIVE_INFINITY };
  for (let i = LEAST_EACH; i <= sorted.length - LEAST_EACH; i++) {
    const [low, high] = [sorted.slice(0, i), sorted.slice(i)];
    const share = total < 1e-9 ? 0 : 1 - (squaresOf(low) + squaresOf(high)) / total;
    if (share > best.share) {
      best = { share, height: meanOf(high) - meanOf(low), border: high[0] as number };
    }
  }
  const above = values.map((value) => value >= best.border);
  return { ...best, switches: above.filter((state, i) => i > 0 && state !== above[i - 1]).length };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
