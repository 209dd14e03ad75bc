import type { Network } from '../engine.js';
import type { Picture } from '../pixels/picture.js';
import { warp } from '../pixels/warp.js';
import { type FoundFace, keepBest } from './overlap.js';

const SIZE = 512;
/** A light frame is what makes a tight crop look like a photograph of a person. */
const LIGHT = 230;
const MOST_OVERLAP = 0.5;

export interface SsdOptions {
  readonly leastScore: number;
  readonly border?: number;
}

/** Faces by the thorough detector, best first; boxes in pixels of `picture.image`. */
export async function detectSsd(
  network: Network,
  picture: Picture,
  options: SsdOptions,
): Promise<FoundFace[]> {
  const { leastScore, border = 0 } = options;
  const { width, height } = picture.image;
  const side = Math.max(width, height) + 2 * border;
  const scale = SIZE / side;
  const input = new Uint8Array(SIZE * SIZE * 3);
  const shift = 0.5 / scale - 0.5 - border;
  const piece = { width: SIZE, height: SIZE, outside: border > 0 ? LIGHT : 0 } as const;
  warp(picture, { a: 1 / scale, b: 0, tx: shift, ty: shift }, piece, input);
  try {
    const { boxes, scores } = await network.run({
      image: { type: 'uint8', data: input, dims: [1, SIZE, SIZE, 3] },
    });
    if (boxes === undefined || scores === undefined) throw new Error('the detector gave no boxes');
    return keepBest(readBoxes(boxes, scores, leastScore, side, border), MOST_OVERLAP);
  } finally {
    input.fill(0);
  }
}

/** Pure. Boxes come as top, left, bottom, right in parts of the input's side. */
export function readBoxes(
  boxes: Float32Array,
  scores: Float32Array,
  leastScore: number,
  side: number,
  border: number,
): FoundFace[] {
  const found: FoundFace[] = [];
  scores.forEach((score, i) => {
    if (!(score >= leastScore)) return;
    const [top, left, bottom, right] = boxes.subarray(i * 4, i * 4 + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const box = {
      x: left * side - border,
      y: top * side - border,
      width: (right - left) * side,
      height: (bottom - top) * side,
    };
    if (box.width > 0 && box.height > 0) found.push({ score, box });
  });
  return found;
}
