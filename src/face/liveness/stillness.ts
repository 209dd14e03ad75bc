import { blocksOf, change, median, roomChange } from './blocks.js';
import type { Trace } from './trace.js';

/** A face that changes less than this, in parts of what the empty room changes, is not alive: measured 1.1 and 16. */
const LEAST_CHANGE = 2.2;
const LEAST_APART_MS = 400;

/**
 * True where nothing of the face moves: it changes no more than the room around it, which is the camera's noise.
 * People sway by millimetres while they stand, breathe and blink. True also where there is too little to tell; false
 * where the face fills the picture and nothing can be compared with.
 */
export function isMotionless(traces: readonly Trace[]): boolean {
  const [first] = traces;
  if (first === undefined) return true;
  return !traces.some((trace) => trace.atMs - first.atMs >= LEAST_APART_MS && hasMoved(first, trace));
}

function hasMoved(a: Trace, b: Trace): boolean {
  const room = roomChange(a, b);
  if (room === undefined) return true;
  const face: number[] = [];
  for (const block of blocksOf(a)) {
    if (Math.abs(block.across) < 0.4 && Math.abs(block.down) < 0.4)
      face.push(change(a.thumb, b.thumb, block));
  }
  return median(face) > LEAST_CHANGE * room;
}
