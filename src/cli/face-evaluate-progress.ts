import { SingleBar } from 'cli-progress';
import type { Progress } from '../face/evaluate/score-plan.js';
import { note } from './output.js';

/** A line of progress at most this often where nobody watches a bar. */
const LINE_EVERY_MS = 10_000;

/** A bar on a terminal, lines elsewhere; on stderr in both cases. */
export function showProgress(): { show(progress: Progress): void; end(): void } {
  return process.stderr.isTTY ? bar() : lines();
}

function bar() {
  const single = new SingleBar({
    format: 'pictures {bar} {value}/{total}  {rate}/s  {eta_formatted} left  {pairsDone}/{pairs} pairs',
    stream: process.stderr,
    hideCursor: true,
    etaBuffer: 100,
    barsize: 28,
  });
  const started = performance.now();
  let begun = false;
  return {
    show({ pictures, picturesDone, pairs, pairsDone }: Progress) {
      const rate = (picturesDone / ((performance.now() - started) / 1000)).toFixed(1);
      if (begun) single.update(picturesDone, { rate, pairs, pairsDone });
      else single.start(pictures, picturesDone, { rate, pairs, pairsDone });
      begun = true;
    },
    end: () => single.stop(),
  };
}

function lines() {
  const started = performance.now();
  let told = started;
  return {
    show({ pictures, picturesDone, pairs, pairsDone }: Progress) {
      const now = performance.now();
      const last = picturesDone === pictures && pairsDone === pairs;
      if (!last && now - told < LINE_EVERY_MS) return;
      told = now;
      const rate = picturesDone / Math.max(0.001, (now - started) / 1000);
      const left = rate > 0 ? `, about ${Math.ceil((pictures - picturesDone) / rate)} s left` : '';
      note(
        `${picturesDone} of ${pictures} pictures (${rate.toFixed(1)}/s${last ? '' : left}), ${pairsDone} of ${pairs} pairs`,
      );
    },
    end() {},
  };
}
