import type { FaceBox } from '../../domain/face.js';
import type { Trace } from './trace.js';

/** A face that changes no more than this, in parts of what the empty room changes, is not alive. */
const LEAST_CHANGE = 1.6;
const LEAST_APART_MS = 400;

/**
 * True where nothing of the face moves: from first to last it changes no more than the room around it, which is the
 * camera's noise. People sway by millimetres while they stand, breathe and blink. True also where there is too little
 * to tell.
 */
export function isMotionless(traces: readonly Trace[]): boolean {
  const [first] = traces;
  if (first === undefined) return true;
  return !traces.some((trace) => trace.atMs - first.atMs >= LEAST_APART_MS && hasMoved(first, trace));
}

function hasMoved(a: Trace, b: Trace): boolean {
  const { width, height, scale } = a.thumb;
  if (b.thumb.luma.length !== a.thumb.luma.length) return true;
  const inner = grown(a.box, -0.1, scale);
  const outer = grown(a.box, 0.8, scale);
  let face = 0;
  let faceCount = 0;
  const room: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const change = Math.abs((a.thumb.luma[i] as number) - (b.thumb.luma[i] as number));
      if (within(inner, x, y)) {
        face += change;
        faceCount++;
      } else if (!within(outer, x, y)) {
        room.push(change);
      }
    }
  }
  if (faceCount === 0 || room.length < 200) return true;
  // The lower half: other people may walk through the room.
  room.sort((x, y) => x - y);
  const mean = room.reduce((sum, change) => sum + change, 0) / room.length;
  const noise = Math.min(mean, 2 * (room[room.length >> 1] ?? 0) + 0.5);
  return face / faceCount > LEAST_CHANGE * Math.max(0.3, noise);
}

function grown({ x, y, width, height }: FaceBox, by: number, scale: number): FaceBox {
  return {
    x: (x - by * width) / scale,
    y: (y - by * height) / scale,
    width: (width * (1 + 2 * by)) / scale,
    height: (height * (1 + 2 * by)) / scale,
  };
}

function within(box: FaceBox, x: number, y: number): boolean {
  return x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
}
