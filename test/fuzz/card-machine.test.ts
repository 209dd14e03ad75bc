import { describe, expect, test } from 'vitest';
import { COMMANDS, encodeAnswer, joinRead } from '#built/card/command.js';
import { encodeTextBlock } from '#built/card/text-block.js';
import { isAbort, isCountersignError } from '#built/domain/errors.js';
import { emptyPhoto, RESIDENT } from '../unit/card/specimens.js';
import { type Step, VirtualReader } from '../unit/card/virtual-reader.js';
import { FUZZ_COUNT, FUZZ_SEED, mutate, seeded } from './card-random.js';

const READS = Math.max(200, Math.floor(FUZZ_COUNT / 100));
const CARD = { fields: RESIDENT, photo: emptyPhoto(), notGenuine: false, addresses: [] };
const ANSWER = encodeAnswer({
  sw1: 0,
  sw2: 0,
  sw3: 0x90,
  data: joinRead(encodeTextBlock(RESIDENT), emptyPhoto()),
});

function anyStep(random: (below: number) => number): Step {
  switch (random(8)) {
    case 0:
      return { status: random(256) };
    case 1:
      return { silent: true };
    case 2:
      return { raw: mutate(ANSWER, random) };
    case 3:
      return { delayMs: random(7000) };
    default:
      return { pass: true };
  }
}

describe('the reader under a module gone mad', () => {
  test(`${READS} reads: each ends in virtual time with the right card or a fault that has a name, and nothing is left open`, {
    timeout: 120_000 + READS * 20,
  }, async () => {
    const random = seeded(FUZZ_SEED + 2);
    const ends = new Map<string, number>();
    for (let count = 0; count < READS; count += 1) {
      const reader = new VirtualReader({
        refindsCard: random(2) === 0,
        baudRate: random(2) === 0 ? 'auto' : 115_200,
      });
      for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
        reader.script[name] = Array.from({ length: 12 }, () => anyStep(random));
      }
      reader.module.place(CARD);
      const stop = new AbortController();
      // Whoever stands there lifts the card and places it again; after five minutes the visit gives up.
      const person = (async () => {
        for (let minute = 0; minute < 60 && !stop.signal.aborted; minute += 1) {
          await reader.timing.sleep(5000);
          reader.module.lift();
          await reader.timing.sleep(1500);
          reader.module.place(CARD);
        }
        stop.abort();
      })();
      try {
        const { fields } = await reader.machine.read(stop.signal);
        if (JSON.stringify(fields) !== JSON.stringify(RESIDENT)) expect.fail(`case ${count}: another card`);
        ends.set('read', (ends.get('read') ?? 0) + 1);
      } catch (error) {
        const code = isCountersignError(error) ? error.code : isAbort(error) ? 'abort' : undefined;
        if (code === undefined) throw new Error(`case ${count}: a fault without a name`, { cause: error });
        ends.set(code, (ends.get(code) ?? 0) + 1);
      }
      stop.abort();
      await person;
      await reader.machine.close();
      if (reader.open !== 0) expect.fail(`case ${count}: a line is left open`);
    }
    expect(ends.get('read')).toBeGreaterThan(0);
    expect(ends.size).toBeGreaterThan(3);
  });
});
