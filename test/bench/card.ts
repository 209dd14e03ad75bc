import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSamVReader } from '#built/card/sam-v-driver.js';
import { SimulatedReader } from '#built/simulator/reader/simulated-reader.js';
import { emptyPhoto, RESIDENT } from '../unit/card/specimens.js';
import { steadyClock } from '../unit/card/steady-clock.js';

/** Answers to find, select and read. The commands (30 bytes) are left out, which is to our disadvantage. */
const ANSWER_BYTES = 15 + 19 + 1295;
const BITS_PER_BYTE = 10;
/** What may be ours, on top of the time that the bytes take on the line. */
const OURS_MS = 100;

const SPEEDS = [
  { baud: 115_200, rounds: 30 },
  { baud: 57_600, rounds: 15 },
  { baud: 9600, rounds: 4 },
];

/** Times of a read of a card that lies there already, over a pseudo terminal paced like a serial line. */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const directory = await mkdtemp(join(tmpdir(), 'card-bench-'));
  const figures: Record<string, number | string> = {};
  for (const { baud, rounds } of SPEEDS) {
    const took = await timeReads(join(directory, 'reader'), baud, rounds);
    const line = (ANSWER_BYTES * BITS_PER_BYTE * 1000) / baud;
    const longest = took.at(-1) ?? Number.NaN;
    figures[`${baud} baud: bytes on the line, ms`] = round(line);
    figures[`${baud} baud: read, median ms`] = round(took[took.length >> 1] ?? Number.NaN);
    figures[`${baud} baud: read, longest ms`] = round(longest);
    figures[`${baud} baud: ours, longest ms (at most ${OURS_MS})`] = round(longest - line);
  }
  await rm(directory, { recursive: true });
  return { name: 'card read', figures };
}

async function timeReads(link: string, baud: number, rounds: number): Promise<number[]> {
  const far = await SimulatedReader.start({ link, baud });
  const reader = createSamVReader({ path: link, baudRate: baud, pollMs: 300 }, { clock: steadyClock });
  await reader.check();
  const took: number[] = [];
  for (let count = 0; count < rounds; count += 1) {
    far.place({ fields: RESIDENT, photo: emptyPhoto(), notGenuine: false, addresses: [] });
    const began = performance.now();
    await reader.read(AbortSignal.timeout(20_000));
    took.push(performance.now() - began);
    // The reader looks once more after each read; the person lifts the card.
    await sleep(150);
    far.lift();
  }
  await reader.close();
  await far.stop();
  return took.sort((a, b) => a - b);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
