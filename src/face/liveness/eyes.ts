import type { Point } from '../../domain/face.js';
import { distance, fivePoints, type Landmarks, rollOf } from '../find/landmarks.js';
import type { Picture } from '../pixels/picture.js';
import { warp } from '../pixels/warp.js';

const WIDTH = 40;
const HEIGHT = 24;
/** Side of the piece that is looked for: about the width of an iris. */
const IRIS = 7;

/**
 * How much darker than the skin around it the darkest iris-sized piece of each eye is, mean of both, 0..1. A shut lid
 * hides the iris, which landmarks of this network hardly show: their eye outlines move by a tenth. Depends on eyes
 * and skin; only its change in one person says something.
 */
export function irisDarkness(picture: Picture, landmarks: Landmarks): number {
  const [left, right] = fivePoints(landmarks) as [Point, Point];
  const apart = distance(left, right);
  const roll = rollOf(landmarks);
  return (darkness(picture, left, apart, roll) + darkness(picture, right, apart, roll)) / 2;
}

function darkness(picture: Picture, eye: Point, apart: number, roll: number): number {
  const scale = (0.62 * apart) / WIDTH;
  const a = scale * Math.cos(roll);
  const b = scale * Math.sin(roll);
  const tx = eye.x - a * (WIDTH / 2) + b * (HEIGHT / 2);
  const ty = eye.y - b * (WIDTH / 2) - a * (HEIGHT / 2);
  const strip = new Uint8Array(WIDTH * HEIGHT * 3);
  warp(picture, { a, b, tx, ty }, { width: WIDTH, height: HEIGHT, outside: 'edge' }, strip);
  const green = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => strip[i * 3 + 1] as number);
  strip.fill(0);
  const skin = [...green].sort((x, y) => x - y)[Math.floor(green.length * 0.8)] as number;
  let least = 255;
  for (let y = 3; y + IRIS <= HEIGHT - 3; y++) {
    for (let x = 6; x + IRIS <= WIDTH - 6; x++) least = Math.min(least, meanOf(green, x, y));
  }
  green.fill(0);
  return Math.max(0, 1 - least / Math.max(1, skin));
}

function meanOf(values: Float32Array, left: number, top: number): number {
  let sum = 0;
  for (let y = top; y < top + IRIS; y++) {
    for (let x = left; x < left + IRIS; x++) sum += values[y * WIDTH + x] as number;
  }
  return sum / IRIS ** 2;
}
