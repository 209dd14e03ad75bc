import { execFile } from 'node:child_process';

const PROGRAM = new URL('../fault/run.mjs', import.meta.url).pathname;
const TERMINALS = 1000;
const ADMITTED_PER_SECOND = 100;
const OUTAGE_SECONDS = 10;

interface Herd {
  readonly peakPerSecond: number;
  readonly peakRatio: number;
  readonly missing: number;
  readonly allBackSeconds: number | null;
}

/** A fleet after its broker's restart, against the same fleet with a fixed second between attempts; see test/fault. */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const ours = await herd();
  const fixed = await herd('--control');
  return {
    name: 'fleet',
    figures: {
      terminals: TERMINALS,
      'seconds without broker': OUTAGE_SECONDS,
      'admitted per second': ADMITTED_PER_SECOND,
      'peak of attempts in a second': ours.peakPerSecond,
      'peak to admitted (at most 2)': ours.peakRatio,
      'terminals that did not come back': ours.missing,
      'all back after, s': ours.allBackSeconds ?? 'not all came back',
      'a fixed second: peak of attempts in a second': fixed.peakPerSecond,
      'a fixed second: peak to admitted': fixed.peakRatio,
    },
  };
}

function herd(...more: string[]): Promise<Herd> {
  const given = { count: TERMINALS, rate: ADMITTED_PER_SECOND, outage: OUTAGE_SECONDS };
  const words = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, 'fleet', ...words, ...more], (error, stdout) => {
      // Exit code 1 is a figure beyond the bar, and a bench prints it all the same.
      if (!stdout.startsWith('{')) reject(error ?? new Error('it printed nothing'));
      else resolve((JSON.parse(stdout) as { figures: { asked: Herd } }).figures.asked);
    });
  });
}
