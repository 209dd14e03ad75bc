import type { Network } from '../engine.js';
import type { Picture } from '../pixels/picture.js';
import { warp } from '../pixels/warp.js';
import { type FoundFace, keepBest } from './overlap.js';

type Anchor = readonly [width: number, height: number];

/** In grid cells, of the network itself (models/manifest.json). */
const ANCHORS: readonly Anchor[] = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
];
const CELL = 32;
const VALUES = 5;
/** A light frame is what makes a tight crop look like a photograph of a person. */
const LIGHT = 230;
const MOST_OVERLAP = 0.4;

/** A grey frame added around the picture, in its own pixels: card photos are found only with one. */
export interface TinyOptions {
  /** Longer side of what the network sees, a multiple of 32. */
  readonly size: number;
  /** Scores below are no face. */
  readonly leastScore: number;
  readonly border?: number;
}

/** Faces in a picture by the fast detector, best first; boxes in pixels of `picture.image`. */
export async function detectTiny(
  network: Network,
  picture: Picture,
  options: TinyOptions,
): Promise<FoundFace[]> {
  const { size, leastScore, border = 0 } = options;
  const { width, height } = picture.image;
  const scale = size / (Math.max(width, height) + 2 * border);
  const columns = Math.ceil(((width + 2 * border) * scale) / CELL - 0.01);
  const rows = Math.ceil(((height + 2 * border) * scale) / CELL - 0.01);
  const input = new Uint8Array(columns * rows * CELL * CELL * 3);
  const piece = { width: columns * CELL, height: rows * CELL, outside: border > 0 ? LIGHT : 0 } as const;
  const shift = 0.5 / scale - 0.5 - border;
  warp(picture, { a: 1 / scale, b: 0, tx: shift, ty: shift }, piece, input);
  try {
    const dims = [1, rows * CELL, columns * CELL, 3];
    const { grid } = await network.run({ image: { type: 'uint8', data: input, dims } });
    if (grid === undefined) throw new Error('the detector gave no grid');
    const faces = readGrid(grid, rows, columns, leastScore).map(({ box, score }) => ({
      score,
      box: {
        x: box.x / scale - border,
        y: box.y / scale - border,
        width: box.width / scale,
        height: box.height / scale,
      },
    }));
    return keepBest(faces, MOST_OVERLAP);
  } finally {
    input.fill(0);
  }
}

/** Boxes in pixels of the network's input. Pure. */
export function readGrid(grid: Float32Array, rows: number, columns: number, leastScore: number): FoundFace[] {
  const found: FoundFace[] = [];
  const leastRaw = Math.log(leastScore / (1 - leastScore));
  for (let at = 4; at < rows * columns * ANCHORS.length * VALUES; at += VALUES) {
    // Nearly all of it is no face.
    if (!((grid[at] as number) >= leastRaw)) continue;
    const cell = Math.floor(at / VALUES / ANCHORS.length);
    const [anchorWidth, anchorHeight] = ANCHORS[Math.floor(at / VALUES) % ANCHORS.length] as Anchor;
    const width = Math.exp(grid[at - 2] as number) * anchorWidth * CELL;
    const height = Math.exp(grid[at - 1] as number) * anchorHeight * CELL;
    const x = ((cell % columns) + sigmoid(grid[at - 4] as number)) * CELL - width / 2;
    const y = (Math.floor(cell / columns) + sigmoid(grid[at - 3] as number)) * CELL - height / 2;
    found.push({ score: sigmoid(grid[at] as number), box: { x, y, width, height } });
  }
  return found;
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
