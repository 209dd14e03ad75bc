import type { FaceBox, Point } from '../../domain/face.js';
import type { Network } from '../engine.js';
import type { Picture } from '../pixels/picture.js';
import { apply, type Similarity } from '../pixels/similarity.js';
import { warp } from '../pixels/warp.js';

const SIZE = 112;

/** 68 points in the order of iBUG 300-W, in pixels of the picture. */
export type Landmarks = readonly Point[];

/** A square of the picture, possibly turned, in which one face is looked at. */
export interface FaceSquare {
  readonly centre: Point;
  readonly side: number;
  /** Radians, clockwise in the image. */
  readonly roll: number;
}

/** Places the landmarks of the face that fills `square`. */
export async function placeLandmarks(
  network: Network,
  picture: Picture,
  square: FaceSquare,
): Promise<Point[]> {
  const input = new Uint8Array(SIZE * SIZE * 3);
  const toPicture = squareToPicture(square);
  warp(picture, toPicture, { width: SIZE, height: SIZE, outside: 0 }, input);
  try {
    const { points } = await network.run({
      image: { type: 'uint8', data: input, dims: [1, SIZE, SIZE, 3] },
    });
    if (points === undefined || points.length < 136) throw new Error('the landmark network gave no points');
    return Array.from({ length: 68 }, (_, i) =>
      apply(toPicture, {
        x: (points[2 * i] as number) * SIZE - 0.5,
        y: (points[2 * i + 1] as number) * SIZE - 0.5,
      }),
    );
  } finally {
    input.fill(0);
  }
}

/** Carries a pixel of the network's input to the picture. */
function squareToPicture({ centre, side, roll }: FaceSquare): Similarity {
  const scale = side / SIZE;
  const a = scale * Math.cos(roll);
  const b = scale * Math.sin(roll);
  const middle = SIZE / 2 - 0.5;
  return { a, b, tx: centre.x - 0.5 - (a - b) * middle, ty: centre.y - 0.5 - (a + b) * middle };
}

/** The square around a detector's box. */
export function squareOf(box: FaceBox): FaceSquare {
  return {
    centre: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
    side: Math.max(box.width, box.height),
    roll: 0,
  };
}

/** Indices (iBUG 300-W) of which the five points are the means. */
export const FIVE: readonly (readonly number[])[] = [
  [36, 37, 38, 39, 40, 41],
  [42, 43, 44, 45, 46, 47],
  [30],
  [48],
  [54],
];

/** Left eye, right eye, nose tip, left and right mouth corner, as seen in the image. */
export function fivePoints(landmarks: Landmarks): Point[] {
  return FIVE.map((indices) => meanOf(landmarks, indices));
}

export function meanOf(landmarks: Landmarks, indices: readonly number[]): Point {
  let x = 0;
  let y = 0;
  for (const index of indices) {
    x += landmarks[index]?.x ?? 0;
    y += landmarks[index]?.y ?? 0;
  }
  return { x: x / indices.length, y: y / indices.length };
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Angle of the line through the eyes, radians, clockwise in the image. */
export function rollOf(landmarks: Landmarks): number {
  const [left, right] = fivePoints(landmarks) as [Point, Point];
  return Math.atan2(right.y - left.y, right.x - left.x);
}
