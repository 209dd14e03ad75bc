import sharp from 'sharp';
import { fivePoints, type Landmarks } from '../find/landmarks.js';
import type { Picture } from '../pixels/picture.js';
import { shrink } from '../pixels/shrink.js';
import { fitSimilarity } from '../pixels/similarity.js';
import { warp } from '../pixels/warp.js';

/** A resident card's photo (GA/T 461): 102x126 pixels, upright, a little room above the hair, shoulders below. */
const WIDTH = 102;
const HEIGHT = 126;
/** Where the eyes lie: 27 pixels apart, as on measured cards; the line of the eyes 58 pixels from the top. */
const LEFT_EYE = { x: 37.5, y: 58 };
const RIGHT_EYE = { x: 64.5, y: 58 };
/** Drawn larger and averaged down, as a photographer's picture is made small. */
const TIMES = 3;

/**
 * Makes of a photograph what a card would hold of it: the ID crop, as a JPEG of the best quality that fits into
 * `mostBytes`. Undefined where not even the worst fits. The card's own codec is not to be had; a kilobyte and a half of
 * JPEG loses about as much (docs/evaluation.md).
 */
export async function makeCardPhoto(
  picture: Picture,
  landmarks: Landmarks,
  mostBytes: number,
): Promise<Uint8Array | undefined> {
  const large = { width: WIDTH * TIMES, height: HEIGHT * TIMES };
  const middle = (point: { x: number; y: number }) => ({
    x: (point.x + 0.5) * TIMES - 0.5,
    y: (point.y + 0.5) * TIMES - 0.5,
  });
  const eyes = fivePoints(landmarks).slice(0, 2);
  const drawn = new Uint8Array(large.width * large.height * 3);
  warp(
    picture,
    fitSimilarity([middle(LEFT_EYE), middle(RIGHT_EYE)], eyes),
    { ...large, outside: 'edge' },
    drawn,
  );
  const { rgb } = shrink({ ...large, rgb: drawn }, TIMES);
  drawn.fill(0);
  try {
    return await bestThatFits(rgb, mostBytes);
  } finally {
    rgb.fill(0);
  }
}

async function bestThatFits(rgb: Uint8Array, mostBytes: number): Promise<Uint8Array | undefined> {
  let best: Uint8Array | undefined;
  let low = 1;
  let high = 100;
  while (low <= high) {
    const quality = (low + high) >> 1;
    const jpeg = await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: true })
      .toBuffer();
    if (jpeg.length <= mostBytes) {
      best?.fill(0);
      best = jpeg;
      low = quality + 1;
    } else {
      jpeg.fill(0);
      high = quality - 1;
    }
  }
  return best;
}
