import { fitSimilarity } from '../pixels/similarity.js';
import type { FacePatch } from './face-patch.js';
import { type Grey, type Registration, register, sample, smooth, templateOf } from './registration.js';
import type { Trace } from './trace.js';

/** Landmarks that do not move by expression, for a first guess: brow ends, nose, corners of the eyes. */
const RIGID = [17, 21, 22, 26, 27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45];
/** Frames that are laid over the first, spread evenly; more tell nothing new. */
const MOST_PAIRS = 24;
const LEAST_PAIRS = 4;
/** Of all pairs so much change less; the rest may be a blink or a frame that was misread. */
const SHARE = 0.8;
/** Side of the squares whose means are compared, pixels of the patch: noise goes, what has moved stays. */
const CELL = 6;
/** Degrees; a face turned further is no first frame. */
const AHEAD = 12;

/** What a face that does not change at all leaves: grey levels, and parts of its own contrast from pixel to pixel. */
const LEFT_BY_NOISE = 0.21;
const LEFT_BY_SAMPLING = 0.016;

/**
 * Measured on all invented people, 1.4 s at ten frames a second: a pasted face 0.6 to 1.4 within and 4.6 to 117 around
 * (112 videos), the living 2.0 to 13 and 1.4 to 7.8 (112); those who hardly move (a twelfth to a fifth of the usual) 1.3
 * to 3.3 and 0.6 to 5.0, none both below and above. A camera with more noise makes the first number grow for everybody:
 * then a pasted face may pass, but nobody living is refused.
 */
const MOST_RIGID = 1.45;
const LEAST_AROUND = 3.3;

/** What remains of one person's frames when the inner faces lie exactly over one another. */
export interface Rigidity {
  /** Change of the inner face, in parts of what noise and sampling leave of a face that does not change at all. */
  readonly inner: number;
  /** Change of the head around it, in parts of the change of the inner face. */
  readonly around: number;
}

/**
 * True where the head moves as heads do and the face on it does not: eyes, nose and mouth stay one picture, to a part
 * of a grey level, that is only shifted. A still face laid over a moving head, in the video or as a flat mask. On a
 * living head the nose moves before the eyes with every degree of a turn, and light, lids and mouth change.
 *
 * Standing still is no ground: then nothing moves around the face either.
 */
export function hasRigidFace(traces: readonly Trace[]): boolean {
  const rigidity = rigidityOf(traces);
  return rigidity !== undefined && rigidity.inner < MOST_RIGID && rigidity.around > LEAST_AROUND;
}

/** Undefined where there is too little to tell. */
export function rigidityOf(traces: readonly Trace[]): Rigidity | undefined {
  const at = Math.max(
    0,
    traces.findIndex(({ yaw }) => Math.abs(yaw) < AHEAD),
  );
  const first = traces[at]?.patch;
  // At the edge of the picture too little of a face is seen.
  const whole = traces.slice(at + 1).filter(({ patch }) => Math.min(patch.width, patch.height) > 2 * CELL);
  const later = spread(whole, MOST_PAIRS);
  if (first === undefined || later.length < LEAST_PAIRS) return undefined;
  const inner = pointsWhere(first, isInner);
  const around = pointsWhere(first, isAround);
  if (inner.length < 500 || around.length < 200) return undefined;
  const template = templateOf(smooth(first), inner);
  const allowed = Math.hypot(LEFT_BY_NOISE, LEFT_BY_SAMPLING * slopeOf(template, inner));
  const changes = later.map(({ patch }) => {
    const other = smooth(patch);
    const laid = register(template, other, firstGuess(first, patch));
    return [changeOf(template, other, inner, laid), changeOf(template, other, around, laid)] as const;
  });
  const within = quantile(changes.map(([change]) => change));
  return {
    inner: within / allowed,
    around: quantile(changes.map(([, change]) => change)) / Math.max(within, LEFT_BY_NOISE),
  };
}

function firstGuess(from: FacePatch, to: FacePatch) {
  const pick = ({ landmarks }: FacePatch) => RIGID.flatMap((index) => landmarks[index] ?? []);
  return fitSimilarity(pick(from), pick(to));
}

/** Eyes to mouth. Eye distances from the middle of the eyes: across, down. */
const isInner = (across: number, down: number): boolean =>
  (across / 0.82) ** 2 + ((down - 0.45) / 0.86) ** 2 <= 1;

/** Forehead and hair above, chin below, cheeks and ears at the sides: the head, but not what a pasted face covers. */
function isAround(across: number, down: number): boolean {
  const side = Math.abs(across);
  const above = down > -1.65 && down < -1.1 && side < 0.6;
  const below = down > 1.62 && down < 1.95 && side < 0.4;
  return above || below || (side > 0.98 && side < 1.1 && down > -0.4 && down < 0.6);
}

function pointsWhere(
  { width, height, eyes: { x, y, apart, cos, sin } }: FacePatch,
  holds: (across: number, down: number) => boolean,
): Int32Array {
  const found: number[] = [];
  for (let row = 1; row < height - 1; row++) {
    for (let column = 1; column < width - 1; column++) {
      const [dx, dy] = [(column - x) / apart, (row - y) / apart];
      if (holds(dx * cos + dy * sin, dy * cos - dx * sin)) found.push(row * width + column);
    }
  }
  return Int32Array.from(found);
}

/** Root mean square of the means of small squares of the difference, grey levels. */
function changeOf(
  { width, luma }: Grey,
  other: Grey,
  points: Int32Array,
  { toOther: { a, b, tx, ty }, gain, bias }: Registration,
): number {
  const across = Math.ceil(width / CELL);
  const sums = new Map<number, { sum: number; count: number }>();
  for (const at of points) {
    const x = at % width;
    const y = (at - x) / width;
    const seen = sample(other, a * x - b * y + tx, b * x + a * y + ty);
    const index = Math.floor(y / CELL) * across + Math.floor(x / CELL);
    const cell = sums.get(index) ?? { sum: 0, count: 0 };
    cell.sum += gain * seen + bias - (luma[at] as number);
    cell.count++;
    sums.set(index, cell);
  }
  // Squares that lie in the region by less than half have too much noise of their own.
  const means = [...sums.values()].flatMap(({ sum, count }) => (count * 2 < CELL ** 2 ? [] : [sum / count]));
  return Math.sqrt(means.reduce((sum, mean) => sum + mean * mean, 0) / Math.max(1, means.length));
}

/** Root mean square of the steps between neighbours, grey levels a pixel. */
function slopeOf({ width, luma }: Grey, points: Int32Array): number {
  let sum = 0;
  for (const at of points) {
    const gx = ((luma[at + 1] as number) - (luma[at - 1] as number)) / 2;
    const gy = ((luma[at + width] as number) - (luma[at - width] as number)) / 2;
    sum += gx * gx + gy * gy;
  }
  return Math.sqrt(sum / points.length);
}

function quantile(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(SHARE * sorted.length))] ?? 0;
}

function spread<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, items.length / most);
  return Array.from({ length: Math.min(most, items.length) }, (_, i) => items[Math.floor(i * step)] as Item);
}
