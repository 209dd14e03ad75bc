import type { Point } from '../../domain/face.js';
import { distance, fivePoints, type Landmarks } from '../find/landmarks.js';
import type { Picture } from '../pixels/picture.js';

/** The head in one frame, grey, at an even scale: cut out and not resampled, so that nothing is smoothed unevenly. */
export interface FacePatch {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
  /** Landmarks in pixels of the patch. */
  readonly landmarks: readonly Point[];
  readonly eyes: Eyes;
}

/** Middle of the eyes' line, their distance in pixels, and its direction. */
export interface Eyes {
  readonly x: number;
  readonly y: number;
  readonly apart: number;
  readonly cos: number;
  readonly sin: number;
}

/** Pixels between the eyes in a patch, about: 30 to 60, since pictures are made smaller by powers of two. */
const EYES_APART = 42;
/** How far a patch reaches from the middle of the eyes, in eye distances. */
const REACH = { aside: 1.25, up: 1.8, down: 2.1 };

export function patchOf(picture: Picture, landmarks: Landmarks): FacePatch {
  const [a, b] = fivePoints(landmarks) as [Point, Point];
  const factor = 2 ** Math.max(0, Math.round(Math.log2(distance(a, b) / EYES_APART)));
  const { width: across, height: down, rgb } = picture.reduced(factor);
  // Pixel centres: x of the picture is (x + 0.5) / factor - 0.5 of the smaller one.
  const scaled = landmarks.map(({ x, y }) => ({ x: (x + 0.5) / factor - 0.5, y: (y + 0.5) / factor - 0.5 }));
  const { x, y, apart } = eyesOf(scaled);
  const left = clamp(Math.floor(x - REACH.aside * apart), across);
  const top = clamp(Math.floor(y - REACH.up * apart), down);
  const width = clamp(Math.ceil(x + REACH.aside * apart), across) - left;
  const height = clamp(Math.ceil(y + REACH.down * apart), down) - top;
  const luma = new Uint8Array(width * height);
  for (let row = 0, to = 0; row < height; row++) {
    let from = ((top + row) * across + left) * 3;
    for (let column = 0; column < width; column++, from += 3, to++) {
      luma[to] =
        ((rgb[from] as number) * 77 + (rgb[from + 1] as number) * 150 + (rgb[from + 2] as number) * 29) >> 8;
    }
  }
  const moved = scaled.map((point) => ({ x: point.x - left, y: point.y - top }));
  return { width, height, luma, landmarks: moved, eyes: eyesOf(moved) };
}

function eyesOf(landmarks: Landmarks): Eyes {
  const [a, b] = fivePoints(landmarks) as [Point, Point];
  const apart = Math.max(1, distance(a, b));
  return {
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
    apart,
    cos: (b.x - a.x) / apart,
    sin: (b.y - a.y) / apart,
  };
}

const clamp = (value: number, size: number): number => Math.max(0, Math.min(size, value));
