import { curve, smoothStep } from './curve.js';
import type { Looks } from './looks.js';

const TOP = -11.6;
/** Where the round of the head is no longer drawn from the front but unrolled, so that sides keep their detail. */
const FRONT = Math.PI / 3;

/** A head as a surface: its points by height and angle, and the depth of the face under any point seen from the front. */
export interface HeadShape {
  readonly top: number;
  readonly bottom: number;
  /** Half the width at a height. */
  halfWidth(y: number): number;
  /** Point of the bare head; `angle` 0 is the middle of the face, positive to the right of the picture. */
  point(y: number, angle: number): { x: number; y: number; z: number };
  /** Where a point of the surface stands in the face's flat drawing. */
  flatX(y: number, angle: number): number;
  /** Depth (z) of the front at x, y. */
  depth(x: number, y: number): number;
}

export function headShape(looks: Looks): HeadShape {
  const long = looks.faceLength;
  const bottom = 11.7 * long;
  const wide = looks.faceWidth;
  const jaw = wide * looks.jawWidth;
  const chin = wide * looks.chinWidth;
  const halfWidth = curve([
    [TOP, 0.05],
    [TOP + 0.25, 1.9 * wide],
    [TOP + 1, 3.7 * wide],
    [TOP + 2.8, 5.7 * wide],
    [-5.5, 7.0 * wide],
    [-2.5, 7.35 * wide],
    [0.3, 7.2 * wide],
    [2.6 * long, 7.1 * wide * looks.cheekbones],
    [5.2 * long, 6.45 * (0.35 * wide + 0.65 * jaw)],
    [7.4 * long, 5.5 * jaw],
    [9.3 * long, 3.9 * (0.6 * jaw + 0.4 * chin)],
    [10.6 * long, 2.5 * chin],
    [11.35 * long, 1.3 * chin],
    [bottom, 0.05],
  ]);
  const front = curve([
    [TOP, 0.2],
    [TOP + 0.25, 2.6],
    [TOP + 1, 4.9],
    [TOP + 3, 7.4],
    [-5, 8.7],
    [-2, 9],
    [0, 8.7],
    [3, 8.8],
    [7, 9],
    [9.6 * long, 8.7],
    [10.8 * long, 8],
    [11.4 * long, 6.4],
    [bottom, 4],
  ]);
  const back = curve([
    [TOP, 0.2],
    [TOP + 1, 5.4],
    [TOP + 3, 8.4],
    [-3, 9.6],
    [2, 8.6],
    [6, 5.5],
    [9, 2.5],
    [bottom, 0.1],
  ]);
  const relief = faceRelief(looks);
  const depth = (x: number, y: number): number => {
    const share = Math.min(0.999, Math.abs(x) / halfWidth(y));
    const facing = Math.sqrt(1 - share * share);
    const round = front(y) * facing ** 0.8;
    return facing < 0.05 ? round : round + relief(x, y) * smoothStep(0.05, 0.45, facing);
  };
  return {
    top: TOP,
    bottom,
    halfWidth,
    depth,
    point(y, angle) {
      const x = halfWidth(y) * Math.sin(angle);
      const facing = Math.cos(angle);
      return { x, y, z: facing > 0 ? depth(x, y) : back(y) * facing };
    },
    flatX(y, angle) {
      const round = Math.abs(angle);
      const flat = round <= FRONT ? Math.sin(round) : Math.sin(FRONT) + Math.cos(FRONT) * (round - FRONT);
      return Math.sign(angle) * halfWidth(y) * flat;
    },
  };
}

/** Hills and hollows of the face, in centimetres above the round of the head. */
function faceRelief(looks: Looks): (x: number, y: number) => number {
  const hill = (dx: number, dy: number, width: number, height: number): number => {
    const far = (dx / width) ** 2 + (dy / height) ** 2;
    return far > 16 ? 0 : Math.exp(-0.5 * far);
  };
  const tip = looks.eyeY + looks.noseLength;
  const ridge = curve([
    [-1.6 + looks.eyeY, 0],
    [looks.eyeY, looks.noseBridge],
    [tip - 1.6, 0.45 * looks.noseBridge + 0.5 * looks.noseProjection],
    [tip - 0.3, looks.noseProjection],
    [tip + 0.25, looks.noseProjection * 0.86],
    [tip + 0.8, looks.noseProjection * 0.22],
    [tip + 1.2, 0],
  ]);
  const ridgeWidth = curve([
    [looks.eyeY, 0.62],
    [tip - 1, 0.72],
    [tip, 0.52 * looks.noseWidth],
  ]);
  return (x, y) => {
    const side = Math.abs(x);
    const eye = side - looks.eyeX;
    const eyeLine = y - looks.eyeY;
    return (
      ridge(y) * Math.exp(-0.5 * (x / ridgeWidth(y)) ** 2) +
      0.75 * hill(side - 0.86 * looks.noseWidth, y - tip - 0.1, 0.42, 0.5) -
      (0.35 + 0.9 * looks.eyeDepth) * hill(eye + 0.5, eyeLine, 1.5, 0.95) +
      0.75 * hill(eye, eyeLine, 1.05, 0.75) +
      looks.browRidge * hill(side - 2.9, y - looks.browY - 0.2, 2.1, 0.7) +
      (0.3 + 0.9 * looks.cheekFullness) * hill(side - 4.1, y - 3.4, 1.7, 1.8) -
      0.55 * (1 - looks.cheekFullness) * hill(side - 4.6, y - 6.2, 1.4, 1.7) +
      (0.2 + 0.5 * looks.upperLip) * hill(x, y - looks.mouthY + 0.45, 1.7, 0.4) +
      (0.2 + 0.45 * looks.lowerLip) * hill(x, y - looks.mouthY - 0.55, 1.5, 0.42) -
      0.35 * hill(x, y - looks.mouthY, looks.mouthWidth, 0.22) -
      0.4 * hill(x, y - looks.mouthY - 1.6, 1.8, 0.45) +
      (0.25 + looks.chinDepth) * hill(x, y - 10 * looks.faceLength, 1.7 * looks.chinWidth, 0.9)
    );
  };
}
