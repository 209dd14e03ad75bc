import type { Point } from '../../domain/face.js';
import type { Trace } from './trace.js';

/** Landmarks that do not move by expression: brow ends, nose, corners of the eyes. */
const RIGID = [17, 21, 22, 26, 27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45];
/** How much narrower in one direction the face must become before it says something. */
const LEAST_SQUEEZE = 1.1;
/** What a head that is squeezed so much in the picture turns by at least, in degrees. */
const LEAST_TURN = 11;
const LEAST_FRAMES = 3;

/**
 * True where the picture of the face is squeezed as by a turn (an affine change with unequal axes), and the nose does
 * not move before the face as it does on a head: a picture of a face, tilted.
 */
export function movesAsPlane(traces: readonly Trace[]): boolean {
  const frontal = traces.filter(({ yaw, pitch }) => Math.abs(yaw) < 8 && Math.abs(pitch) < 14);
  const [reference] = frontal;
  if (reference === undefined) return false;
  let squeezedFlat = 0;
  for (const { landmarks, yaw, pitch } of traces) {
    const turn = Math.hypot(yaw - reference.yaw, pitch - reference.pitch);
    if (turn < LEAST_TURN && squeeze(reference.landmarks, landmarks) > LEAST_SQUEEZE) squeezedFlat++;
  }
  return squeezedFlat >= LEAST_FRAMES;
}

/** Ratio of the axes of the affine map between two faces, at least 1. */
export function squeeze(from: readonly Point[], to: readonly Point[]): number {
  const p = centred(from);
  const q = centred(to);
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let ax = 0;
  let ay = 0;
  let bx = 0;
  let by = 0;
  for (const [i, { x, y }] of p.entries()) {
    const moved = q[i] as Point;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    ax += moved.x * x;
    ay += moved.x * y;
    bx += moved.y * x;
    by += moved.y * y;
  }
  const determinant = xx * yy - xy * xy || 1;
  const a = (ax * yy - ay * xy) / determinant;
  const b = (ay * xx - ax * xy) / determinant;
  const c = (bx * yy - by * xy) / determinant;
  const d = (by * xx - bx * xy) / determinant;
  // Singular values of [[a, b], [c, d]].
  const sum = (a * a + b * b + c * c + d * d) / 2;
  const area = Math.abs(a * d - b * c);
  const root = Math.sqrt(Math.max(0, sum * sum - area * area));
  return Math.sqrt((sum + root) / Math.max(1e-9, sum - root));
}

function centred(points: readonly Point[]): Point[] {
  const rigid = RIGID.map((i) => points[i] ?? { x: 0, y: 0 });
  const x = rigid.reduce((sum, point) => sum + point.x, 0) / rigid.length;
  const y = rigid.reduce((sum, point) => sum + point.y, 0) / rigid.length;
  return rigid.map((point) => ({ x: point.x - x, y: point.y - y }));
}
