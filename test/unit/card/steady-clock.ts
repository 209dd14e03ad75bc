import { setTimeout as sleep } from 'node:timers/promises';
import type { Timing } from '#built/card/timing.js';

/** Real time, for tests with real lines. */
export const steadyClock: Timing = {
  elapsed: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
