import { movesWithBackground } from './background.js';
import { movesAsPlane } from './plane.js';
import { hasRigidFace } from './rigid-face.js';
import type { Thumb, Trace } from './trace.js';

/** What a living person before a real camera does not do. */
export type Suspicion = 'frozen' | 'looped' | 'cut' | 'planar-motion' | 'pasted-face' | 'rigid-face';

/** Frames that must be equal to the last bit, noise of the sensor included. */
const MOST_EQUAL = 3;
/** Speed in face widths a second, and jump in face widths, of a head that is in another place. */
const MOST_SPEED = 6;
const MOST_JUMP = 0.7;
/** Correlation of two frames in a row, below which they show another scene. */
const LEAST_ALIKE = 0.45;

/** Judges the frames of one person, oldest first. Pure; knows no face, only motion. */
export function findSuspicions(traces: readonly Trace[]): Suspicion[] {
  const found: Suspicion[] = [];
  if (isFrozen(traces)) found.push('frozen');
  else if (isLooped(traces)) found.push('looped');
  if (isCut(traces)) found.push('cut');
  if (movesAsPlane(traces)) found.push('planar-motion');
  else if (movesWithBackground(traces)) found.push('pasted-face');
  if (hasRigidFace(traces)) found.push('rigid-face');
  return found;
}

function isFrozen(traces: readonly Trace[]): boolean {
  let run = 0;
  for (let i = 1; i < traces.length; i++) {
    run = traces[i]?.hash === traces[i - 1]?.hash ? run + 1 : 0;
    if (run >= MOST_EQUAL) return true;
  }
  return false;
}

/** Frames come back that were there before, not just before. */
function isLooped(traces: readonly Trace[]): boolean {
  const seen = new Map<number, number>();
  let again = 0;
  for (const [i, { hash }] of traces.entries()) {
    const before = seen.get(hash);
    if (before !== undefined && i - before > 2) again++;
    seen.set(hash, i);
  }
  return again >= MOST_EQUAL;
}

function isCut(traces: readonly Trace[]): boolean {
  for (let i = 1; i < traces.length; i++) {
    const before = traces[i - 1] as Trace;
    const now = traces[i] as Trace;
    const seconds = Math.max(0.02, (now.atMs - before.atMs) / 1000);
    // After a pause anything may have changed.
    if (seconds > 0.6) continue;
    const dx = now.box.x + now.box.width / 2 - before.box.x - before.box.width / 2;
    const dy = now.box.y + now.box.height / 2 - before.box.y - before.box.height / 2;
    const jump = Math.hypot(dx, dy) / before.box.width;
    if (jump > MOST_JUMP && jump / seconds > MOST_SPEED) return true;
    if (correlation(before.thumb, now.thumb) < LEAST_ALIKE) return true;
  }
  return false;
}

/** Pearson's, so that exposure does not matter; flat pictures are alike. */
function correlation(a: Thumb, b: Thumb): number {
  const n = Math.min(a.luma.length, b.luma.length);
  let sa = 0;
  let sb = 0;
  let saa = 0;
  let sbb = 0;
  let sab = 0;
  for (let i = 0; i < n; i++) {
    const x = a.luma[i] as number;
    const y = b.luma[i] as number;
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const va = saa / n - (sa / n) ** 2;
  const vb = sbb / n - (sb / n) ** 2;
  if (va < 4 || vb < 4) return va < 4 && vb < 4 ? 1 : 0;
  return (sab / n - (sa / n) * (sb / n)) / Math.sqrt(va * vb);
}
