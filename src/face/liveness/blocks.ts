import type { Thumb, Trace } from './trace.js';

/** Side of the squares in which frames are compared, in pixels of the thumb. */
export const BLOCK = 5;
/** Face widths from the middle of the face, beyond which only the room is. */
const FAR_OFF = 1.1;
const LEAST_FAR = 12;
/** Grey levels: what a good camera's noise leaves on the mean of a block. */
const LEAST_NOISE = 0.6;

/** One square, seen from the face: in face widths to the side and face heights down from its middle. */
export interface Block {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
}

export function* blocksOf({ thumb, box }: Trace): Generator<Block> {
  const { width, height, scale } = thumb;
  const middle = { x: (box.x + box.width / 2) / scale, y: (box.y + box.height / 2) / scale };
  for (let top = 1; top + BLOCK < height; top += BLOCK) {
    for (let left = 1; left + BLOCK < width; left += BLOCK) {
      const across = ((left + BLOCK / 2 - middle.x) * scale) / box.width;
      const down = ((top + BLOCK / 2 - middle.y) * scale) / box.height;
      yield { left, top, across, down };
    }
  }
}

/**
 * What changes from frame to frame where only the room is: the noise of the camera, or more when it is shaken.
 * Undefined where the face leaves no room.
 */
export function roomChange(a: Trace, b: Trace): number | undefined {
  const far: number[] = [];
  for (const block of blocksOf(a)) {
    if (Math.abs(block.across) > FAR_OFF) far.push(change(a.thumb, b.thumb, block));
  }
  return far.length < LEAST_FAR ? undefined : Math.max(LEAST_NOISE, median(far));
}

/** Mean difference of one square in two frames, grey levels. */
export function change(a: Thumb, b: Thumb, { left, top }: Block): number {
  let sum = 0;
  for (let y = top; y < top + BLOCK; y++) {
    for (let i = y * a.width + left; i < y * a.width + left + BLOCK; i++) {
      sum += Math.abs((a.luma[i] as number) - (b.luma[i] as number));
    }
  }
  return sum / BLOCK ** 2;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[sorted.length >> 1] ?? 0;
}
