import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eraseFrom } from '#built/outbox/erase-bodies.js';
import { decodeFrames, encodeFrame, type LogRecord } from '#built/outbox/frames.js';

const text = fc.string({ maxLength: 60, unit: 'binary' });
const seq = fc.integer({ min: 1, max: 2 ** 31 });
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record({
    type: fc.constant('report' as const),
    seq,
    id: text,
    hash: text,
    at: text,
    jws: fc.string({ maxLength: 3000 }),
  }),
  fc.record({ type: fc.constant('report' as const), seq, id: text, hash: text, at: text }),
  fc.record({ type: fc.constant('confirmed' as const), seq, hash: text, accepted: fc.boolean(), at: text }),
  fc.record({ type: fc.constant('fact' as const), key: text, value: text, revision: fc.nat() }),
);

const sorted = (each: LogRecord): string => JSON.stringify(Object.entries(each).sort());

describe('frames of the second copy', () => {
  it('give back what was written', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const bytes = Buffer.concat(records.map(encodeFrame));
        expect(decodeFrames(bytes)).toEqual({ records, damagedBytes: 0, tornTail: false });
      }),
    );
  });

  it('survive whatever lies around them: every whole one is found', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uint8Array({ maxLength: 80 }), record), { maxLength: 12 }),
        (parts) => {
          const bytes = Buffer.concat(parts.flatMap(([garbage, each]) => [garbage, encodeFrame(each)]));
          const { records, damagedBytes } = decodeFrames(bytes);
          expect(records).toEqual(parts.map(([, each]) => each));
          expect(damagedBytes).toBe(parts.reduce((sum, [garbage]) => sum + garbage.length, 0));
        },
      ),
    );
  });

  it('never give a record that was not written, however the bytes are changed', () => {
    const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 8 }),
        fc.array(change, { maxLength: 12 }),
        fc.nat(),
        (records, changes, cut) => {
          const bytes = Buffer.concat(records.map(encodeFrame));
          for (const { at, to } of changes) bytes[at % bytes.length] = to;
          const read = decodeFrames(bytes.subarray(0, bytes.length - (cut % bytes.length))).records;
          const written = new Set(records.map(sorted));
          expect(read.filter((each) => !written.has(sorted(each)))).toEqual([]);
        },
      ),
    );
  });

  it('are looked for in bounded time in bytes that only seem to be frames', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 256 * 1024 }), (length) => {
        const bytes = Buffer.alloc(16_000, '{"type":"fact"}');
        for (let at = 0; at + 8 < bytes.length; at += 12) bytes.writeUInt32LE(length, at);
        expect(decodeFrames(bytes).records).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('lose the bodies and facts that nobody needs, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), fc.boolean(), fc.nat(), (records, anyBody, pivot) => {
        const needed = {
          anyBody,
          body: (seq: number) => anyBody && seq % 3 === pivot % 3,
          fact: ({ revision }: { revision: number }) => revision % 2 === pivot % 2,
        };
        const { bytes, damagedBytes } = eraseFrom(Buffer.concat(records.map(encodeFrame)), needed);
        const expected = records.flatMap((each): LogRecord[] => {
          if (each.type === 'fact') return needed.fact(each) ? [each] : [];
          if (each.type !== 'report' || needed.body(each.seq)) return [each];
          const { jws: _erased, ...rest } = each;
          return [rest];
        });
        expect(damagedBytes).toBe(0);
        expect(decodeFrames(bytes)).toEqual({ records: expected, damagedBytes: 0, tornTail: false });
      }),
    );
  });
});
