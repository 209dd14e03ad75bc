import { execFile } from 'node:child_process';

const PROGRAM = new URL('../fault/run.mjs', import.meta.url).pathname;
const TERMINALS = 1000;
const ADMITTED_PER_SECOND = 100;
/** A mere restart, which meets the whole fleet within one wait, and an outage during which it spreads. */
const OUTAGES = [1, 10];

interface Herd {
  readonly peakPerSecond: number;
  readonly peakRatio: number;
  readonly missing: number;
  readonly allBackSeconds: number | null;
}

/** A fleet after its broker's restart, against the same fleet with a fixed second between attempts; see test/fault. */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const figures: Record<string, number | string> = {
    terminals: TERMINALS,
    'admitted per second': ADMITTED_PER_SECOND,
  };
  for (const outage of OUTAGES) {
    const { peakPerSecond, peakRatio, missing, allBackSeconds } = await herd(outage);
    figures[`${outage} s without broker: peak of attempts in a second`] = peakPerSecond;
    figures[`${outage} s without broker: peak to admitted (at most 2)`] = peakRatio;
    figures[`${outage} s without broker: terminals that did not come back`] = missing;
    figures[`${outage} s without broker: all back after, s`] = allBackSeconds ?? 'not all came back';
  }
  const fixed = await herd(Math.max(...OUTAGES), '--control');
  figures['a fixed second between attempts: peak to admitted'] = fixed.peakRatio;
  return { name: 'fleet', figures };
}

function herd(outage: number, ...more: string[]): Promise<Herd> {
  const given = { count: TERMINALS, rate: ADMITTED_PER_SECOND, outage };
  const words = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, 'fleet', ...words, ...more], (error, stdout) => {
      // Exit code 1 is a figure beyond the bar, and a bench prints it all the same.
      if (!stdout.startsWith('{')) reject(error ?? new Error('it printed nothing'));
      else resolve((JSON.parse(stdout) as { figures: { asked: Herd } }).figures.asked);
    });
  });
}
