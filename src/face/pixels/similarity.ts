import type { Point } from '../../domain/face.js';

/** x' = a x - b y + tx, y' = b x + a y + ty: rotation, one scale, translation. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/** The similarity that carries `from` to `to` with the least squared error (closed form; Umeyama 1991 in 2-D). */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const n = Math.min(from.length, to.length);
  const p = mean(from, n);
  const q = mean(to, n);
  let dot = 0;
  let cross = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    const px = (from[i] as Point).x - p.x;
    const py = (from[i] as Point).y - p.y;
    const qx = (to[i] as Point).x - q.x;
    const qy = (to[i] as Point).y - q.y;
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    size += px * px + py * py;
  }
  const a = size > 0 ? dot / size : 1;
  const b = size > 0 ? cross / size : 0;
  return { a, b, tx: q.x - (a * p.x - b * p.y), ty: q.y - (b * p.x + a * p.y) };
}

export function invert({ a, b, tx, ty }: Similarity): Similarity {
  const square = a * a + b * b;
  const ia = a / square;
  const ib = -b / square;
  return { a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty) };
}

export function apply({ a, b, tx, ty }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + tx, y: b * x + a * y + ty };
}

export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}

/** Root mean square of what a fit leaves, in pixels of `to`. */
export function residual(fit: Similarity, from: readonly Point[], to: readonly Point[]): number {
  let sum = 0;
  from.forEach((point, i) => {
    const moved = apply(fit, point);
    const wanted = to[i] as Point;
    sum += (moved.x - wanted.x) ** 2 + (moved.y - wanted.y) ** 2;
  });
  return Math.sqrt(sum / Math.max(1, from.length));
}

function mean(points: readonly Point[], n: number): Point {
  let x = 0;
  let y = 0;
  for (let i = 0; i < n; i++) {
    x += (points[i] as Point).x;
    y += (points[i] as Point).y;
  }
  return { x: x / n, y: y / n };
}
