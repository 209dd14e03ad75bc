import { describe, expect, test } from 'vitest';
import { checkCard } from '#built/card/port.js';
import { encodeTextBlock, parseTextBlock } from '#built/card/text-block.js';
import { CARD_KINDS } from '#built/domain/card.js';
import { SPECIMENS } from '../unit/card/specimens.js';
import { FUZZ_COUNT, FUZZ_SEED, mutate, seeded } from './card-random.js';

const BLOCKS = SPECIMENS.map(encodeTextBlock);

/** The block as the chip would pad it: always 256 bytes, mostly. */
function toBlock(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  if (random(20) === 0) return bytes;
  const block = new Uint8Array(256);
  block.set(bytes.subarray(0, 256));
  return block;
}

describe('text blocks under mutation', () => {
  test(`${FUZZ_COUNT} blocks: never an exception; what is read is well formed, bounded, and the same when written and read again`, {
    timeout: 60_000 + FUZZ_COUNT,
  }, () => {
    const random = seeded(FUZZ_SEED + 1);
    let read = 0;
    for (let count = 0; count < FUZZ_COUNT; count += 1) {
      const block = toBlock(mutate(BLOCKS[random(BLOCKS.length)] ?? new Uint8Array(0), random), random);
      const result = parseTextBlock(block);
      if (!result.ok) continue;
      read += 1;
      const { fields } = result;
      const text = JSON.stringify(fields);
      if (text.length > 1500 || /\p{Cc}/u.test(text))
        expect.fail(`case ${count}: unbounded or with controls`);
      if (!CARD_KINDS.includes(fields.kind)) expect.fail(`case ${count}: a kind that there is not`);
      const checks = checkCard(fields, '2026-01-01', 'synchronised');
      if (checks.length < 9) expect.fail(`case ${count}: checks are missing`);
      const again = parseTextBlock(encodeTextBlock(fields));
      if (!again.ok || JSON.stringify(again.fields) !== text)
        expect.fail(`case ${count}: does not round-trip`);
    }
    expect(read).toBeGreaterThan(FUZZ_COUNT / 20);
  });
});
