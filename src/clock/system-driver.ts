import { existsSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { ClockConfidence } from '../domain/clock.js';
import type { Clock } from './port.js';

/** systemd-timesyncd makes this file when NTP has set the clock; chrony's wait service makes the second. */
const SYNCHRONISED = ['/run/systemd/timesync/synchronized', '/run/chrony/synchronized'];
const LOOK_EVERY_MS = 30_000;

/** No terminal existed before: a wall clock that says otherwise was never set. */
const BUILT_AFTER = '2026-01-01T00:00:00.000Z';

export interface SystemClockOptions {
  /** Latest moment that an earlier run recorded, ISO 8601. */
  readonly floor?: string;
  /** Files whose presence says that the clock was set by NTP. */
  readonly synchronisedFiles?: readonly string[];
  /** Wall time in milliseconds since 1970. */
  readonly wall?: () => number;
}

export function createSystemClock(options: SystemClockOptions = {}): Clock {
  const { synchronisedFiles = SYNCHRONISED, wall = Date.now } = options;
  const floorMs = Math.max(
    Date.parse(BUILT_AFTER),
    options.floor === undefined ? 0 : Date.parse(options.floor),
  );
  let lookedAt = Number.NEGATIVE_INFINITY;
  let synchronised = false;

  const confidence = (now: number): ClockConfidence => {
    if (performance.now() - lookedAt > LOOK_EVERY_MS) {
      lookedAt = performance.now();
      synchronised = synchronisedFiles.some((file) => existsSync(file));
    }
    if (now < floorMs) return 'none';
    return synchronised ? 'synchronised' : 'floor';
  };
  const nowMs = (): number => Math.max(wall(), floorMs);

  return {
    now: () => ({
      at: new Date(nowMs()).toISOString(),
      confidence: confidence(wall()),
      elapsedMs: performance.now(),
    }),
    elapsed: () => performance.now(),
    sleep: async (ms, signal) => {
      await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
    },
    // China has one time zone and no summer time: UTC+8 all year.
    today: () => new Date(nowMs() + 8 * 3_600_000).toISOString().slice(0, 10),
  };
}
