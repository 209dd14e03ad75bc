import { BLOCK, type Block, blocksOf, change, median, roomChange } from './blocks.js';
import type { Thumb, Trace } from './trace.js';

/** Where is looked, in face widths and heights from the middle of the face: beside the head, above the eyes. */
const BESIDE = { near: 0.5, far: 0.85, top: -0.75, bottom: -0.08 };
/** Grey levels between neighbours in a block: below, it shows nothing that could be seen to move. */
const LEAST_TEXTURE = 3;
const LEAST_BLOCKS = 3;
/** Change beside the head in parts of the room's, from which something moves there: measured 0.9 live, 2 to 60 held up. */
const MOVING = 2.2;
const APART_MS = { least: 180, most: 900 };
const LEAST_VOTES = 4;

/**
 * True where the room on both sides of the head moves and the rest of the room does not: a face on paper or on a
 * screen carries its own background, its edge and its bezel, which no hand keeps still. A head leaves the room behind
 * it where it is. Undecided, hence false, before a plain wall.
 */
export function movesWithBackground(traces: readonly Trace[]): boolean {
  let moving = 0;
  let still = 0;
  for (const [i, a] of traces.entries()) {
    for (const b of traces.slice(i + 1)) {
      const apart = b.atMs - a.atMs;
      if (apart < APART_MS.least || apart > APART_MS.most) continue;
      const ratio = changeBeside(a, b);
      if (ratio === undefined) continue;
      if (ratio > MOVING) moving++;
      else still++;
    }
  }
  return moving >= LEAST_VOTES && moving > still;
}

/** How much more changes beside the head than far off: of the quieter side. Undefined where nothing can be said. */
function changeBeside(a: Trace, b: Trace): number | undefined {
  const room = roomChange(a, b);
  if (room === undefined) return undefined;
  const left: number[] = [];
  const right: number[] = [];
  for (const block of blocksOf(a)) {
    if (!isBeside(block) || texture(a.thumb, block) < LEAST_TEXTURE) continue;
    (block.across < 0 ? left : right).push(change(a.thumb, b.thumb, block));
  }
  if (Math.min(left.length, right.length) < LEAST_BLOCKS) return undefined;
  return Math.min(median(left), median(right)) / room;
}

function isBeside({ across, down }: Block): boolean {
  const side = Math.abs(across);
  return side >= BESIDE.near && side <= BESIDE.far && down >= BESIDE.top && down <= BESIDE.bottom;
}

function texture({ width, luma }: Thumb, { left, top }: Block): number {
  let sum = 0;
  for (let y = top; y < top + BLOCK; y++) {
    for (let i = y * width + left; i < y * width + left + BLOCK; i++) {
      const here = luma[i] as number;
      sum += Math.abs(here - (luma[i + 1] as number)) + Math.abs(here - (luma[i + width] as number));
    }
  }
  return sum / (2 * BLOCK ** 2);
}
