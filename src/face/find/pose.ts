import type { Point } from '../../domain/face.js';
import type { Landmarks } from './landmarks.js';

type Vector = readonly [number, number, number];

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const times = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];
const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const unit = (a: Vector): Vector => times(a, 1 / (Math.sqrt(dot(a, a)) || 1));
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const degrees = (radians: number): number => (radians * 180) / Math.PI;

/** Degrees; signs as in `FaceQuality`. */
export interface Pose {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/**
 * A generic head in millimetres from the tip of its nose: x to the right in the image, y down, z towards the camera. Landmark (iBUG) and
 * place. Rough on purpose: angles within about five degrees are enough to tell a turn from a look ahead.
 */
const HEAD: readonly (readonly [landmark: number, x: number, y: number, z: number])[] = [
  [36, -45, -37, -50],
  [39, -17, -35, -38],
  [42, 17, -35, -38],
  [45, 45, -37, -50],
  [27, 0, -38, -24],
  [30, 0, 0, 0],
  [31, -16, 8, -20],
  [35, 16, 8, -20],
  [48, -25, 32, -32],
  [54, 25, 32, -32],
  [51, 0, 22, -12],
];

/** What the generic head shows for faces that look straight at the camera, in degrees. */
const RESTING_PITCH = -9;

/**
 * How the head is turned: the affine camera that explains the landmarks best (least squares), made a rotation
 * (scaled orthography, as in POSIT's first step, DeMenthon and Davis 1995).
 */
export function poseOf(landmarks: Landmarks): Pose {
  const points = HEAD.map(([index]) => landmarks[index] as Point);
  const rowX = fitRow(points.map(({ x }) => x));
  const rowY = fitRow(points.map(({ y }) => y));
  const i = unit(rowX);
  const j = unit(minus(rowY, times(i, dot(rowY, i))));
  const k = cross(i, j);
  // Columns of the rotation: where the head's own axes point in the image.
  const forward = { x: i[2], y: j[2], z: k[2] };
  return {
    yaw: degrees(Math.atan2(forward.x, Math.hypot(forward.y, forward.z))),
    pitch: degrees(Math.atan2(-forward.y, Math.abs(forward.z))) - RESTING_PITCH,
    roll: degrees(Math.atan2(j[0], i[0])),
  };
}

const MODEL = HEAD.map(([, x, y, z]) => [x, y, z] as const);
const MODEL_MEAN = [0, 1, 2].map(
  (c) => MODEL.reduce((sum, row) => sum + (row[c] as number), 0) / MODEL.length,
);
const CENTRED: readonly Vector[] = MODEL.map(
  ([x, y, z]) => [x - (MODEL_MEAN[0] ?? 0), y - (MODEL_MEAN[1] ?? 0), z - (MODEL_MEAN[2] ?? 0)] as const,
);
const INVERSE = invert3(
  [0, 1, 2].map((r) => [0, 1, 2].map((c) => CENTRED.reduce((sum, row) => sum + at(row, r) * at(row, c), 0))),
);

/** Least squares of `values` = row . head + constant. */
function fitRow(values: readonly number[]): Vector {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const right = [0, 1, 2].map((c) =>
    CENTRED.reduce((sum, row, i) => sum + at(row, c) * ((values[i] as number) - mean), 0),
  );
  const solved = INVERSE.map((row) => row.reduce((sum, value, c) => sum + value * (right[c] as number), 0));
  return [solved[0] as number, solved[1] as number, solved[2] as number];
}

function invert3(m: readonly (readonly number[])[]): number[][] {
  const [a, b, c] = m as readonly [Vector, Vector, Vector];
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = dot(a, cross(b, c));
  return [0, 1, 2].map((r) => columns.map((column) => at(column, r) / determinant));
}

function at(vector: Vector, index: number): number {
  return vector[index] as number;
}
