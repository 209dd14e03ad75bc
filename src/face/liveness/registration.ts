import type { Similarity } from '../pixels/similarity.js';

/** A grey picture with fractions of levels. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly luma: Float32Array;
}

/** How one picture shows what another shows: where, and how much brighter. */
export interface Registration {
  readonly toOther: Similarity;
  readonly gain: number;
  readonly bias: number;
}

const STEPS = 10;
/** Pixels by which the last step may still move the region. */
const SETTLED = 0.004;

/** A region of one picture, ready to be looked for in others. */
export interface Template extends Grey {
  /** Indices of the region's pixels; none at the picture's edge. */
  readonly points: Int32Array;
  readonly middle: { readonly x: number; readonly y: number };
  /** How each pixel changes when the region is moved by a pixel across or down, grown, or turned. */
  readonly slopes: Float64Array;
  /** Inverse of the sum of their products, four by four. */
  readonly inverse: Float64Array;
}

export function templateOf(picture: Grey, points: Int32Array): Template {
  const { width, luma } = picture;
  const middle = middleOf(points, width);
  const slopes = new Float64Array(points.length * 4);
  const products = new Float64Array(16);
  for (let i = 0; i < points.length; i++) {
    const at = points[i] as number;
    const gx = ((luma[at + 1] as number) - (luma[at - 1] as number)) / 2;
    const gy = ((luma[at + width] as number) - (luma[at - width] as number)) / 2;
    const x = (at % width) - middle.x;
    const y = Math.floor(at / width) - middle.y;
    const row = [gx, gy, gx * x + gy * y, gy * x - gx * y];
    slopes.set(row, i * 4);
    for (let k = 0; k < 16; k++) products[k] = (products[k] ?? 0) + (row[k >> 2] ?? 0) * (row[k & 3] ?? 0);
  }
  return { ...picture, points, middle, slopes, inverse: invert4(products) };
}

/**
 * Lays `other` over the template as exactly as the pixels allow, to a hundredth of a pixel or so: the similarity and
 * the change of brightness that leave the least squared difference. Lucas and Kanade's way with the template's own
 * slopes (inverse compositional, Baker and Matthews 2004).
 */
export function register(template: Template, other: Grey, start: Similarity): Registration {
  const { width, points, middle } = template;
  // About the middle of the region: u = mx + a x - b y.
  let { a, b } = start;
  let mx = a * middle.x - b * middle.y + start.tx;
  let my = b * middle.x + a * middle.y + start.ty;
  let light = { gain: 1, bias: 0 };
  const seen = new Float64Array(points.length);
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < points.length; i++) {
      const at = points[i] as number;
      const x = (at % width) - middle.x;
      const y = Math.floor(at / width) - middle.y;
      seen[i] = sample(other, mx + a * x - b * y, my + b * x + a * y);
    }
    light = fitLight(template.luma, points, seen);
    const [dx, dy, da, db] = stepOf(template, seen, light);
    // The movement so far after the inverse of the step.
    const [ca, cb] = [1 + da, db];
    const size = ca * ca + cb * cb;
    [a, b] = [(a * ca + b * cb) / size, (b * ca - a * cb) / size];
    mx -= a * dx - b * dy;
    my -= b * dx + a * dy;
    if (Math.hypot(dx, dy) + Math.hypot(da, db) * width < SETTLED) break;
  }
  const toOther = { a, b, tx: mx - a * middle.x + b * middle.y, ty: my - b * middle.x - a * middle.y };
  return { toOther, ...light };
}

/** The movement of the template that explains best what differs: across, down, growth, turn. */
function stepOf(
  { luma, points, slopes, inverse }: Template,
  seen: Float64Array,
  { gain, bias }: { readonly gain: number; readonly bias: number },
): [dx: number, dy: number, da: number, db: number] {
  const right = new Float64Array(4);
  for (let i = 0; i < points.length; i++) {
    const error = gain * (seen[i] as number) + bias - (luma[points[i] as number] as number);
    for (let k = 0; k < 4; k++) right[k] = (right[k] as number) + (slopes[i * 4 + k] as number) * error;
  }
  const along = (r: number): number =>
    right.reduce((sum, value, c) => sum + (inverse[r * 4 + c] as number) * value, 0);
  return [along(0), along(1), along(2), along(3)];
}

const across = new Float64Array(4);
const down = new Float64Array(4);

/**
 * What a picture shows between its pixels, by cubic convolution (Keys 1981); its edge is repeated. Between four pixels
 * only, edges would be flattened by as much as they lie between pixels, and that would look like change.
 */
export function sample({ width, height, luma }: Grey, u: number, v: number): number {
  const x = Math.min(Math.max(u, 1), width - 2.001);
  const y = Math.min(Math.max(v, 1), height - 2.001);
  const column = x | 0;
  const row = y | 0;
  weigh(x - column, across);
  weigh(y - row, down);
  let sum = 0;
  for (let k = 0, at = (row - 1) * width + column - 1; k < 4; k++, at += width) {
    sum +=
      (down[k] as number) *
      ((across[0] as number) * (luma[at] as number) +
        (across[1] as number) * (luma[at + 1] as number) +
        (across[2] as number) * (luma[at + 2] as number) +
        (across[3] as number) * (luma[at + 3] as number));
  }
  return sum;
}

function weigh(f: number, into: Float64Array): void {
  const square = f * f;
  const cube = square * f;
  into[0] = -0.5 * cube + square - 0.5 * f;
  into[1] = 1.5 * cube - 2.5 * square + 1;
  into[2] = -1.5 * cube + 2 * square + 0.5 * f;
  into[3] = 0.5 * cube - 0.5 * square;
}

/** Twice the binomial 1-2-1 both ways: what is finer than two pixels cannot be laid over anything exactly. */
export function smooth({ width, height, luma }: { width: number; height: number; luma: Uint8Array }): Grey {
  let values = Float32Array.from(luma);
  for (const step of [1, width, 1, width]) values = blurAlong(values, step, width, height);
  return { width, height, luma: values };
}

/** The outermost pixels stay as they are. */
function blurAlong(
  from: Float32Array,
  step: number,
  width: number,
  height: number,
): Float32Array<ArrayBuffer> {
  const to = Float32Array.from(from);
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      to[at] = ((from[at - step] as number) + 2 * (from[at] as number) + (from[at + step] as number)) / 4;
    }
  }
  return to;
}

function middleOf(points: Int32Array, width: number): { x: number; y: number } {
  let x = 0;
  let y = 0;
  for (const at of points) {
    x += at % width;
    y += Math.floor(at / width);
  }
  return { x: x / points.length, y: y / points.length };
}

/** Exposure and light change from frame to frame; that is not motion. */
function fitLight(
  luma: Float32Array,
  points: Int32Array,
  seen: Float64Array,
): { gain: number; bias: number } {
  let s = 0;
  let t = 0;
  let ss = 0;
  let st = 0;
  for (let i = 0; i < points.length; i++) {
    const value = seen[i] as number;
    const wanted = luma[points[i] as number] as number;
    s += value;
    t += wanted;
    ss += value * value;
    st += value * wanted;
  }
  const n = points.length;
  const spread = ss - (s * s) / n;
  const gain = spread > 1e-6 ? (st - (s * t) / n) / spread : 1;
  return { gain, bias: (t - gain * s) / n };
}

/** Gauss and Jordan; a region without any texture gives zeros, hence no step. */
function invert4(square: Float64Array): Float64Array {
  const rows = [0, 1, 2, 3].map((r) => [
    ...square.subarray(r * 4, r * 4 + 4),
    ...[0, 1, 2, 3].map((c) => (r === c ? 1 : 0)),
  ]);
  for (let i = 0; i < 4; i++) {
    const pivot = rows[i] as number[];
    const by = pivot[i] as number;
    if (Math.abs(by) < 1e-9) return new Float64Array(16);
    for (let c = 0; c < 8; c++) pivot[c] = (pivot[c] as number) / by;
    for (const [r, row] of rows.entries()) {
      const share = row[i] as number;
      if (r === i || share === 0) continue;
      for (let c = 0; c < 8; c++) row[c] = (row[c] as number) - share * (pivot[c] as number);
    }
  }
  return Float64Array.from(rows.flatMap((row) => row.slice(4)));
}
