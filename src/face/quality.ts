import type { FaceQuality } from '../domain/face.js';
import { distance, fivePoints, type Landmarks } from './find/landmarks.js';
import { poseOf } from './find/pose.js';
import { measureOcclusion } from './occlusion.js';
import type { Picture } from './pixels/picture.js';
import { fitSimilarity } from './pixels/similarity.js';
import { warp } from './pixels/warp.js';

/**
 * Measures of sample quality after ISO/IEC 29794-5, as far as they can be had simply. All but the geometry are taken
 * on the inner part of one small aligned face (eyes 36 px apart; skin from brow to chin, no hair, no background), so
 * that they do not depend on the size in the image.
 */
const WIDTH = 62;
const HEIGHT = 70;
const LEFT_EYE = { x: 13, y: 17 };
const RIGHT_EYE = { x: 49, y: 17 };
/** What is measured: all but a rim of one pixel, which sharpness looks at. */
const FACE = { left: 1, right: WIDTH - 1, top: 1, bottom: HEIGHT - 1 };

/** Judges one face. Pixels of `picture.image`. */
export function measureQuality(picture: Picture, landmarks: Landmarks): FaceQuality {
  const [left, right] = fivePoints(landmarks) as [Landmarks[0], Landmarks[0]];
  const chip = new Uint8Array(WIDTH * HEIGHT * 3);
  const toPicture = fitSimilarity([LEFT_EYE, RIGHT_EYE], [left, right]);
  warp(picture, toPicture, { width: WIDTH, height: HEIGHT, outside: 'edge' }, chip);
  const luma = lumaOf(chip);
  const { brightness, contrast } = exposureOf(luma);
  const measured = {
    interEyeDistance: distance(left, right),
    sharpness: sharpnessOf(luma),
    brightness,
    contrast,
    ...poseOf(landmarks),
    eyesOpen: eyesOpenOf(landmarks),
    ...measureOcclusion(chip, WIDTH),
  };
  chip.fill(0);
  luma.fill(0);
  return { ...measured, overall: overallOf(measured) };
}

/** Eye aspect ratio (Soukupova and Cech 2016): height to width of the eye's outline, mean of both eyes. */
export function eyesOpenOf(landmarks: Landmarks): number {
  const eye = (i: number): number => {
    const p = (offset: number) => landmarks[i + offset] as Landmarks[0];
    return (distance(p(1), p(5)) + distance(p(2), p(4))) / (2 * (distance(p(0), p(3)) || 1));
  };
  return (eye(36) + eye(42)) / 2;
}

/** Rec. 601 luma, 0..255. */
function lumaOf(chip: Uint8Array): Float32Array {
  const luma = new Float32Array(WIDTH * HEIGHT);
  for (let i = 0, p = 0; i < luma.length; i++, p += 3) {
    luma[i] = 0.299 * (chip[p] as number) + 0.587 * (chip[p + 1] as number) + 0.114 * (chip[p + 2] as number);
  }
  return luma;
}

function exposureOf(luma: Float32Array): { brightness: number; contrast: number } {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const value = luma[y * WIDTH + x] as number;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  const brightness = sum / count;
  return { brightness, contrast: Math.sqrt(Math.max(0, squares / count - brightness ** 2)) };
}

/** Variance of the Laplacian (Pech-Pacheco 2000); about 20 blurred, 100 and more sharp. */
function sharpnessOf(luma: Float32Array): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const i = y * WIDTH + x;
      const value =
        4 * (luma[i] as number) -
        (luma[i - 1] as number) -
        (luma[i + 1] as number) -
        (luma[i - WIDTH] as number) -
        (luma[i + WIDTH] as number);
      sum += value;
      squares += value * value;
      count++;
    }
  }
  return squares / count - (sum / count) ** 2;
}

/** 0..1: the product of how near each measure is to its best; chooses among frames, decides nothing. */
function overallOf(q: Omit<FaceQuality, 'overall'>): number {
  const frontal =
    falling(Math.abs(q.yaw), 5, 40) * falling(Math.abs(q.pitch), 8, 45) * falling(Math.abs(q.roll), 10, 60);
  const exposed = rising(q.brightness, 20, 80) * falling(q.brightness, 190, 250) * rising(q.contrast, 5, 25);
  const detail = rising(q.interEyeDistance, 10, 60) * rising(Math.log(1 + q.sharpness), 1, 4.5);
  return frontal * exposed * detail * rising(q.eyesOpen, 0.08, 0.22);
}

function rising(value: number, worst: number, best: number): number {
  return Math.min(1, Math.max(0.02, (value - worst) / (best - worst)));
}

function falling(value: number, best: number, worst: number): number {
  return rising(-value, -worst, -best);
}
