import { randomInt } from 'node:crypto';
import type { Clock } from '../clock/port.js';
import type { LightChange } from '../face/port.js';
import type { FaceLight } from '../lights/port.js';

/**
 * Every so often the light is switched, or is not, by chance. Twice as long is the shortest flash: two a second at most,
 * below the three of WCAG 2.3.1.
 */
const SLOT_MS = 250;
/** More slots alike in a row would leave a short watch without a change to judge by. */
const MOST_ALIKE = 3;

/** So long at least a face is watched in that light: in less, too few changes are seen to tell one pattern from another. */
export const LIGHT_SECONDS = 5;

/** A pattern that nobody can have recorded: drawn anew for each attempt, by the system's own randomness. */
export function drawLightPattern(fromMs: number, seconds: number): LightChange[] {
  const changes: LightChange[] = [{ atMs: fromMs, lit: randomInt(2) === 1 }];
  let lit = changes[0]?.lit === true;
  let alike = 1;
  for (let slot = 1; slot < (seconds * 1000) / SLOT_MS; slot++) {
    const turns = alike === MOST_ALIKE || randomInt(2) === 1;
    alike = turns ? 1 : alike + 1;
    if (!turns) continue;
    lit = !lit;
    changes.push({ atMs: fromMs + slot * SLOT_MS, lit });
  }
  return changes;
}

/** A light that shines by a pattern. */
export interface Shining {
  readonly changes: readonly LightChange[];
  /** Makes it dark; resolves to whether the light did all that it was told until then. Idempotent. */
  stop(): Promise<boolean>;
}

/** Begins a new pattern; after so many seconds it is dark by itself. */
export function shine(light: FaceLight, clock: Pick<Clock, 'elapsed' | 'sleep'>, seconds: number): Shining {
  const changes = drawLightPattern(clock.elapsed(), seconds);
  const dark = new AbortController();
  const over = play(light, changes, clock, dark.signal);
  return {
    changes,
    stop() {
      dark.abort();
      return over;
    },
  };
}

async function play(
  light: FaceLight,
  changes: readonly LightChange[],
  clock: Pick<Clock, 'elapsed' | 'sleep'>,
  signal: AbortSignal,
): Promise<boolean> {
  let obeyed = true;
  for (const { atMs, lit } of changes) {
    // Only the end of the pattern ends a sleep early.
    await clock.sleep(Math.max(0, atMs - clock.elapsed()), signal).catch(() => {});
    if (signal.aborted) break;
    obeyed = (await light.set(lit)) && obeyed;
  }
  return (await light.set(false)) && obeyed;
}
