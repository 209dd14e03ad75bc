import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Check } from '../domain/check.js';

/** Longer than this the page feels dead to a person, and a card can be missed. */
const LONGEST_MS = 2000;
const NS_PER_MS = 1e6;

/** Watches how long the event loop was held up since the last look. */
export function watchLoop(): { check(): Check; close(): void } {
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  return {
    check() {
      const longestMs = Math.round(delays.max / NS_PER_MS);
      delays.reset();
      const detail = `longest pause ${longestMs} ms`;
      if (longestMs < LONGEST_MS) return { name: 'event-loop', ok: true, detail };
      const advice = 'The computer is overloaded or too hot; look for other programs and at its temperature.';
      return { name: 'event-loop', ok: false, detail, advice };
    },
    close: () => {
      delays.disable();
    },
  };
}
