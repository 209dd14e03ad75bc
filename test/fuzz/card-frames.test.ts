import { describe, expect, test } from 'vitest';
import { COMMANDS, encodeAnswer, encodeCommand, joinRead } from '#built/card/command.js';
import { encodeFrame, FrameParser, MOST_FRAME_BYTES, MOST_LENGTH } from '#built/card/frame.js';
import { encodeTextBlock } from '#built/card/text-block.js';
import { emptyPhoto, SPECIMENS } from '../unit/card/specimens.js';
import { FUZZ_COUNT, FUZZ_SEED, mutate, seeded } from './card-random.js';

const SHORT = Object.values(COMMANDS).map(encodeCommand);
const ANSWERS = [0x80, 0x81, 0x90, 0x9f, 0x41].map((sw3) =>
  encodeAnswer({ sw1: 0, sw2: 0, sw3, data: new Uint8Array(sw3 === 0x9f ? 4 : 0) }),
);
const READS = SPECIMENS.map((fields) =>
  encodeAnswer({ sw1: 0, sw2: 0, sw3: 0x90, data: joinRead(encodeTextBlock(fields), emptyPhoto()) }),
);

/** Straight from the description of a frame, and slow: is this body, framed, anywhere in the stream? */
function standsIn(stream: Uint8Array, body: Uint8Array): boolean {
  const length = body.length + 1;
  const counted = [length >> 8, length & 0xff, ...body];
  const check = counted.reduce((value, byte) => value ^ byte, 0);
  return Buffer.from(stream).includes(Buffer.from([0xaa, 0xaa, 0xaa, 0x96, 0x69, ...counted, check]));
}

describe('frames under mutation', () => {
  test(`${FUZZ_COUNT} streams: no crash, no frame with a wrong checksum, no more memory than one frame, and always back in step`, {
    timeout: 60_000 + FUZZ_COUNT,
  }, () => {
    const random = seeded(FUZZ_SEED);
    const good = encodeFrame(Uint8Array.of(0, 0, 0x90, 0x51, 0x52));
    const rest = Buffer.concat(
      Array.from({ length: Math.ceil(MOST_FRAME_BYTES / good.length) + 1 }, () => good),
    );
    let accepted = 0;
    for (let count = 0; count < FUZZ_COUNT; count += 1) {
      const parts: Uint8Array[] = [];
      for (let frames = 1 + random(3); frames > 0; frames -= 1) {
        // Long answers are a hundred times the bytes of the others: now and then is enough.
        const from = random(12) === 0 ? READS : random(2) === 0 ? ANSWERS : SHORT;
        parts.push(mutate(from[random(from.length)] ?? good, random));
      }
      const stream = Buffer.concat(parts);
      const parser = new FrameParser({ least: random(2) === 0 ? 3 : 4, most: MOST_LENGTH });
      const bodies: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const size = 1 + random(random(4) === 0 ? 3 : 300);
        bodies.push(...parser.push(stream.subarray(at, at + size)));
        at += size;
        if (parser.pending > MOST_FRAME_BYTES)
          expect.fail(`case ${count}: ${parser.pending} bytes are held back`);
      }
      for (const body of bodies) {
        accepted += 1;
        if (!standsIn(stream, body)) expect.fail(`case ${count}: a frame that was never sent`);
      }
      // One maximal frame later at the latest, what is sent is heard.
      if (count % 16 === 0) {
        const after = parser.push(rest);
        if (Buffer.compare(after.at(-1) ?? new Uint8Array(0), good.subarray(7, -1)) !== 0) {
          expect.fail(`case ${count}: not back in step`);
        }
      }
    }
    expect(accepted).toBeGreaterThan(FUZZ_COUNT / 20);
  });
});
