import { spawn } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { createSamVReader } from '#built/card/sam-v-driver.js';
import { RESIDENT } from '../unit/card/specimens.js';
import { steadyClock } from '../unit/card/steady-clock.js';

/**
 * The full count, 1,000, is run by hand before a release (HANGUP_CYCLES=1000) on a machine that does nothing else: only
 * then the time until it reads again is a figure worth a judgement.
 */
const BY_HAND = process.env['HANGUP_CYCLES'];
const CYCLES = Number(BY_HAND ?? 15);
const SIMULATE = fileURLToPath(new URL('./card-simulate.mjs', import.meta.url));

async function descriptors(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

test('a port that hangs up and returns again and again is read again each time, and nothing is left behind', {
  timeout: 60_000 + CYCLES * 2000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'card-hang-up-'));
  const [link, card] = [join(directory, 'reader'), join(directory, 'card.json')];
  await writeFile(card, JSON.stringify({ fields: RESIDENT }));
  const far = spawn(process.execPath, [SIMULATE, 'reader', '--link', link], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const records: { record: string }[] = [];
  let returnedAt = 0;
  createInterface({ input: far.stdout }).on('line', (line) => {
    const record = JSON.parse(line);
    if (record.record !== 'command') records.push(record);
    if (record.record === 'returned') returnedAt = performance.now();
  });
  while (records.length === 0) await sleep(20);
  const say = (...wishes: object[]) =>
    far.stdin.write(wishes.map((each) => `${JSON.stringify(each)}\n`).join(''));

  const reader = createSamVReader({ path: link, baudRate: 115_200, pollMs: 300 }, { clock: steadyClock });
  const service = new AbortController();
  /** As a service does: again and again until a card was read. */
  const readOn = async () => {
    for (;;) {
      try {
        return await reader.read(service.signal);
      } catch (error) {
        if ((error as { code?: string }).code !== 'CARD_READER_GONE') throw error;
        await sleep(50);
      }
    }
  };
  const cycle = async () => {
    const reading = readOn();
    await sleep(20);
    say({ lift: true }, { hangUp: 30 }, { place: card });
    const { fields } = await reading;
    expect(fields).toEqual(RESIDENT);
    return performance.now() - returnedAt;
  };

  await cycle();
  const before = { descriptors: await descriptors(), resources: process.getActiveResourcesInfo().length };
  const took: number[] = [];
  for (let count = 0; count < CYCLES; count += 1) took.push(await cycle());
  const after = { descriptors: await descriptors(), resources: process.getActiveResourcesInfo().length };
  took.sort((a, b) => a - b);
  const longest = took.at(-1) ?? 0;
  console.info(
    `${CYCLES} hang-ups: read again after ${took[took.length >> 1]?.toFixed(0)} ms (median), ${longest.toFixed(0)} ms (longest); ` +
      `descriptors ${before.descriptors} -> ${after.descriptors}, resources ${before.resources} -> ${after.resources}`,
  );
  if (BY_HAND !== undefined) expect(longest).toBeLessThan(3000);
  expect(records.filter(({ record }) => record === 'hung-up')).toHaveLength(CYCLES + 1);
  // A timer or a closing port may be on its way at any one moment; what is left behind stays.
  await vi.waitFor(
    async () => {
      expect(await descriptors()).toBeLessThanOrEqual(before.descriptors);
      // Timers come and go (this wait has its own); one that a cycle leaves behind would be there CYCLES times.
      expect(process.getActiveResourcesInfo().length - before.resources).toBeLessThan(CYCLES);
    },
    { timeout: 20_000 },
  );
  expect(getEventListeners(service.signal, 'abort')).toHaveLength(0);

  await reader.close();
  expect(await descriptors()).toBeLessThan(before.descriptors);
  const ended = new Promise((resolve) => far.once('exit', resolve));
  far.stdin.end();
  await ended;
  await rm(directory, { recursive: true });
});
