import type { Trace } from './trace.js';

/** Part of the face's width by which it must have moved between two frames that are compared, and at most. */
const LEAST_MOVE = 0.08;
const MOST_MOVE = 0.5;
/** Grey levels: what must be seen beside the head for anything to be said. */
const LEAST_TEXTURE = 4;
const LEAST_PAIRS = 3;

/**
 * True where what is beside the head moves along with it: a face on paper or on a screen carries its own background,
 * a head leaves the room behind it where it is. Undecided, hence false, before a plain wall and without motion.
 */
export function movesWithBackground(traces: readonly Trace[]): boolean {
  let along = 0;
  let decided = 0;
  for (const [i, trace] of traces.entries()) {
    for (const other of traces.slice(i + 1, i + 12)) {
      const verdict = comparePair(trace, other);
      if (verdict === undefined) continue;
      decided++;
      if (verdict) along++;
    }
  }
  return decided >= LEAST_PAIRS && along > 0.6 * decided;
}

/** Undefined where this pair says nothing. */
function comparePair(a: Trace, b: Trace): boolean | undefined {
  const { scale } = a.thumb;
  const dx = Math.round((b.box.x + b.box.width / 2 - a.box.x - a.box.width / 2) / scale);
  const dy = Math.round((b.box.y + b.box.height / 2 - a.box.y - a.box.height / 2) / scale);
  const moved = Math.hypot(dx, dy) / (a.box.width / scale);
  const grown = Math.abs(Math.log(b.box.width / a.box.width));
  if (moved < LEAST_MOVE || moved > MOST_MOVE || grown > 0.08) return undefined;
  const { still, along, texture } = differences(a, b, dx, dy);
  if (texture < LEAST_TEXTURE) return undefined;
  return still > 2 * along;
}

/**
 * Mean differences beside the head: of the same place (`still`), of the place moved along with the face (`along`), and
 * what such a move changes in one frame (`texture`).
 */
function differences(a: Trace, b: Trace, dx: number, dy: number) {
  const { width, height, luma, scale } = a.thumb;
  const face = a.box.width / scale;
  const middle = (a.box.x + a.box.width / 2) / scale;
  const top = Math.max(0, Math.round((a.box.y - 0.5 * a.box.height) / scale));
  const bottom = Math.min(height, Math.round((a.box.y + 0.6 * a.box.height) / scale));
  let still = 0;
  let along = 0;
  let texture = 0;
  let count = 0;
  for (let y = Math.max(top, -dy, 0); y < Math.min(bottom, height - dy); y++) {
    for (let x = Math.max(0, -dx); x < Math.min(width, width - dx); x++) {
      const away = Math.abs(x + 0.5 - middle) / face;
      if (away < 0.95 || away > 1.5) continue;
      const here = luma[y * width + x] as number;
      const there = (y + dy) * width + x + dx;
      still += Math.abs(here - (b.thumb.luma[y * width + x] as number));
      along += Math.abs(here - (b.thumb.luma[there] as number));
      texture += Math.abs(here - (luma[there] as number));
      count++;
    }
  }
  const n = Math.max(1, count);
  return count < 50
    ? { still: 0, along: 0, texture: 0 }
    : { still: still / n, along: along / n, texture: texture / n };
}
