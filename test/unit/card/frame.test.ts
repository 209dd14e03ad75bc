import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameParser, MOST_FRAME_BYTES, MOST_LENGTH } from '#built/card/frame.js';
import { hex, toHex } from './specimens.js';

const PREAMBLE = hex('AA AA AA 96 69');
const body = fc.uint8Array({ minLength: 3, maxLength: 1300 });

/** Cuts a stream into pieces of the sizes given, over and over. */
function* pieces(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < stream.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield stream.subarray(at, at + size);
    at += size;
  }
}

function parse(stream: Uint8Array, sizes: readonly number[] = [stream.length || 1]): Uint8Array[] {
  const parser = new FrameParser();
  return [...pieces(stream, sizes)].flatMap((piece) => parser.push(piece));
}

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

describe('frames', () => {
  test.each([
    ['find ok', 'AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97', '00 00 9F 00 00 00 00'],
    [
      'select ok',
      'AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C',
      '00 00 90 00 00 00 00 00 00 00 00',
    ],
    ['find failed', 'AA AA AA 96 69 00 04 00 00 80 84', '00 00 80'],
    ['select failed', 'AA AA AA 96 69 00 04 00 00 81 85', '00 00 81'],
    ['read failed', 'AA AA AA 96 69 00 04 00 00 41 45', '00 00 41'],
    [
      'SAM id',
      'AA AA AA 96 69 00 14 00 00 90 05 00 01 00 65 9E 33 01 87 D6 12 00 B1 68 DE 3A 37',
      '00 00 90 05 00 01 00 65 9E 33 01 87 D6 12 00 B1 68 DE 3A',
    ],
  ])('the published answer "%s" parses and is encoded byte for byte', (_name, frame, inside) => {
    expect(parse(hex(frame)).map(toHex)).toEqual([inside]);
    expect(toHex(encodeFrame(hex(inside)))).toBe(frame);
  });

  test('a private time-out answer with a wrong checksum is no frame', () => {
    expect(parse(hex('AA AA AA 96 69 00 05 05 05 05'))).toEqual([]);
    expect(parse(hex('AA AA AA 96 69 00 05 05 05 05 11 22 33 44'))).toEqual([]);
  });

  test('every body comes out as it went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(body, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
        (bodies, sizes) => {
          expect(parse(join(...bodies.map(encodeFrame)), sizes)).toEqual(bodies);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('garbage that holds no preamble, before, between and after frames, changes nothing', () => {
    const garbage = fc
      .array(fc.constantFrom(0xaa, 0x96, 0x00, 0xff, 0x13), { maxLength: 60 })
      .map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(
        garbage,
        body,
        garbage,
        body,
        garbage,
        fc.integer({ min: 1, max: 64 }),
        (a, one, b, two, c, size) => {
          expect(parse(join(a, encodeFrame(one), b, encodeFrame(two), c), [size])).toEqual([one, two]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('more than three AA before the rest of a preamble are still a preamble', () => {
    const frame = hex('AA AA AA AA AA AA 96 69 00 04 00 00 80 84');
    expect(parse(frame, [1])).toHaveLength(1);
  });

  test('a preamble inside the data does not begin another frame', () => {
    const inside = join(hex('00 00 90'), PREAMBLE, hex('00 04 00 00 80 84'), new Uint8Array(40));
    expect(parse(encodeFrame(inside), [7])).toEqual([inside]);
  });

  test('a good frame right behind a damaged one is found', () => {
    const damaged = encodeFrame(hex('00 00 9F 01 02 03 04'));
    damaged[9] = 0x33;
    expect(parse(join(damaged, hex('AA AA AA 96 69 00 04 00 00 80 84')))).toEqual([hex('00 00 80')]);
  });

  test('after a frame that was cut short, frames are found again within one maximal frame', () => {
    fc.assert(
      fc.property(body, fc.nat(), (cut, at) => {
        const whole = encodeFrame(cut);
        const short = whole.subarray(0, at % whole.length);
        const good = encodeFrame(hex('00 00 80'));
        const following = Array.from({ length: Math.ceil(MOST_FRAME_BYTES / good.length) + 1 }, () => good);
        // The last one stands behind as many bytes as any wrong length can make the parser wait for.
        expect(parse(join(short, ...following)).at(-1)).toEqual(hex('00 00 80'));
      }),
      { numRuns: 100 },
    );
  });

  test.each(['FF FF', '09 0B', '00 03', '00 00'])('a length of %s is not believed', (length) => {
    const stream = join(PREAMBLE, hex(length), hex('AA AA AA 96 69 00 04 00 00 80 84'));
    expect(parse(stream)).toEqual([hex('00 00 80')]);
  });

  test('never more than one maximal frame is held back', () => {
    const parser = new FrameParser();
    const endless = join(PREAMBLE, hex('09 0A'), new Uint8Array(100).fill(0xaa));
    for (let turn = 0; turn < 200; turn += 1) {
      parser.push(endless);
      expect(parser.pending).toBeLessThanOrEqual(MOST_FRAME_BYTES);
    }
    parser.push(new Uint8Array(1_000_000).fill(0xaa));
    expect(parser.pending).toBeLessThanOrEqual(MOST_FRAME_BYTES);
  });

  test('a body that no length can tell is refused', () => {
    expect(() => encodeFrame(new Uint8Array(MOST_LENGTH))).toThrow(RangeError);
  });
});
