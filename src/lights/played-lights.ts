import type { Logger } from 'pino';
import type { Check } from '../domain/check.js';
import { isAbort } from '../domain/errors.js';
import { LAMP_COLOURS, LAMP_STEPS, LAMPS, type Lamp, type LampColour, type LampSteps } from './patterns.js';
import type { FaceLight, LampPattern, Lights } from './port.js';

/** One lamp on its line. Both may reject; the player copes. */
export interface LampLine {
  set(on: boolean): Promise<void>;
  /** Leaves the lamp dark and gives the line back. */
  release(): Promise<void>;
}

/** What is needed of the room `clock`; rooms on the ground do not know each other. */
export interface LampClock {
  elapsed(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface LampDeps {
  readonly clock: LampClock;
  readonly logger?: Logger;
}

/** A line that failed is left alone for so long: opening a GPIO that is not there holds the event loop up. */
const RETRY_MS = 5000;

interface LampState {
  /** What the lamp was last known to do; undefined before the first writing and after a failed one. */
  on: boolean | undefined;
  wanted: boolean;
  failedAtMs: number | undefined;
  fault: unknown;
}

/** Plays patterns on lines: the half of every driver that does not depend on what the lines are. */
export function playLights(
  driver: string,
  lines: Readonly<Partial<Record<Lamp, LampLine>>>,
  { clock, logger }: LampDeps,
): Lights {
  const states = new Map<Lamp, LampState>();
  for (const lamp of LAMPS) {
    if (lines[lamp] !== undefined) {
      states.set(lamp, { on: undefined, wanted: false, failedAtMs: undefined, fault: undefined });
    }
  }
  let shown: LampPattern | undefined;
  let stop = new AbortController();
  let playing: Promise<void> = Promise.resolve();
  let closed: Promise<void> | undefined;

  const write = async (lamp: Lamp, state: LampState, on: boolean): Promise<void> => {
    state.wanted = on;
    if (state.on === on) return;
    if (state.failedAtMs !== undefined && clock.elapsed() - state.failedAtMs < RETRY_MS) return;
    try {
      await lines[lamp]?.set(on);
      state.on = on;
      state.failedAtMs = undefined;
      state.fault = undefined;
    } catch (error) {
      if (state.fault === undefined) logger?.warn({ err: error, lamp }, 'a lamp failed');
      state.on = undefined;
      state.failedAtMs = clock.elapsed();
      state.fault = error;
    }
  };
  // One after the other: a check and a pattern may want the same line at the same time.
  let writes: Promise<void> = Promise.resolve();
  const set = (...wanted: Parameters<typeof write>): Promise<void> => {
    writes = writes.then(() => write(...wanted));
    return writes;
  };
  const light = async (lit: readonly LampColour[]): Promise<void> => {
    for (const colour of LAMP_COLOURS) {
      const state = states.get(colour);
      if (state !== undefined) await set(colour, state, lit.includes(colour));
    }
  };
  const play = async (steps: LampSteps, signal: AbortSignal): Promise<void> => {
    do {
      for (const { lit, ms } of steps) {
        if (signal.aborted) return;
        await light(lit);
        if (ms > 0) await clock.sleep(ms, signal);
      }
    } while (steps.length > 1);
  };

  const face = states.get('face');
  const faceLight: FaceLight | undefined = face && {
    async set(lit) {
      if (closed !== undefined) return false;
      await set('face', face, lit);
      return face.on === lit;
    },
  };

  // A process that was killed may have left it shining into somebody's eyes.
  if (face !== undefined) void set('face', face, false);

  return {
    ...(faceLight === undefined ? {} : { faceLight }),
    show(pattern) {
      if (closed !== undefined || pattern === shown) return;
      shown = pattern;
      stop.abort();
      stop = new AbortController();
      const { signal } = stop;
      playing = playing
        .then(() => play(LAMP_STEPS[pattern], signal))
        .catch((error: unknown) => {
          if (!isAbort(error)) logger?.error({ err: error }, 'the lamps stopped');
        });
    },
    async check() {
      await retryDark(states, set);
      return report(driver, states);
    },
    close() {
      closed ??= (async () => {
        stop.abort();
        await playing;
        await light([]);
        if (face !== undefined) await set('face', face, false);
        for (const lamp of states.keys()) {
          await lines[lamp]
            ?.release()
            .catch((error: unknown) => logger?.warn({ err: error, lamp }, 'a lamp was not released'));
        }
      })();
      return closed;
    },
  };
}

/** A steady pattern never comes round to a lamp again: the check is what brings a repaired one back. */
async function retryDark(
  states: ReadonlyMap<Lamp, LampState>,
  set: (lamp: Lamp, state: LampState, on: boolean) => Promise<void>,
): Promise<void> {
  for (const [lamp, state] of states) {
    if (state.fault !== undefined) await set(lamp, state, state.wanted);
  }
}

function report(driver: string, states: ReadonlyMap<Lamp, LampState>): Check {
  const failed = [...states].filter(([, { fault }]) => fault !== undefined);
  const [first] = failed;
  if (first === undefined) {
    return { name: 'lights', ok: true, detail: `${driver}: ${[...states.keys()].join(', ') || 'no lamp'}` };
  }
  const [, { fault }] = first;
  return {
    name: 'lights',
    ok: false,
    detail: `${driver}: ${failed.map(([lamp]) => lamp).join(', ')} cannot be lit`,
    advice: fault instanceof Error ? fault.message : String(fault),
  };
}
