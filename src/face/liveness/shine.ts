import type { FacePatch } from './face-patch.js';
import type { Shine } from './reflection.js';
import type { Thumb, Trace } from './trace.js';

/** Parts of the picture's width at its left and right edge where the room is looked at: always the same places. */
const EDGE = 0.12;
/** From the box of the face to such an edge, in widths of the face: nearer, it is lit as the face is. */
const LEAST_AWAY = 0.3;

/** How bright the face is beside the room; undefined where the face leaves no room. */
export function shineOf({ atMs, box, thumb, patch }: Trace): Shine | undefined {
  const edge = Math.floor(EDGE * thumb.width);
  const left = box.x / thumb.scale - edge;
  const right = thumb.width - edge - (box.x + box.width) / thumb.scale;
  const away = (LEAST_AWAY * box.width) / thumb.scale;
  const room: number[] = [];
  if (left > away) room.push(meanOf(thumb, 0, edge));
  if (right > away) room.push(meanOf(thumb, thumb.width - edge, thumb.width));
  // Both or none: sides that come and go with the face would be steps of brightness.
  const [one, other] = room;
  if (one === undefined || other === undefined) return undefined;
  return { atMs, ratio: skinOf(patch) / Math.max(1, (one + other) / 2) };
}

function meanOf({ width, height, luma }: Thumb, from: number, to: number): number {
  let sum = 0;
  for (let y = 0; y < height; y++) for (let x = from; x < to; x++) sum += luma[y * width + x] as number;
  return sum / ((to - from) * height);
}

/** Mean of nose and cheeks, placed by the landmarks: the box of a detector jumps by more than a light makes. */
function skinOf({ width, height, luma, eyes: { x, y, apart, cos, sin } }: FacePatch): number {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [dx, dy] = [(column - x) / apart, (row - y) / apart];
      const down = dy * cos - dx * sin;
      if (down < 0.25 || down > 0.85 || Math.abs(dx * cos + dy * sin) > 0.6) continue;
      sum += luma[row * width + column] as number;
      count++;
    }
  }
  return count === 0 ? 1 : sum / count;
}
