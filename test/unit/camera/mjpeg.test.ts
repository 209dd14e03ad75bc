import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MjpegSplitter } from '#built/camera/mjpeg.js';
import { concat, type JpegPlan, makeJpeg } from './jpegs.js';

const MOST = 100_000;
const THUMBNAIL = makeJpeg({ width: 160, height: 120 });
/** Cut in the first one, the length of its segment ends before the second one of the next picture. */
const TWO_THUMBNAILS: JpegPlan = {
  ...{ width: 640, height: 480, fill: 0, progressive: false, restarts: false },
  app: [[...THUMBNAIL], [], [...THUMBNAIL]],
  scans: [
    [255, 255, 255, 255],
    [255, 0],
  ],
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What the splitter finds in `stream` when it comes in pieces of the given lengths, taken round and round. */
function split(stream: Uint8Array, cuts: readonly number[] = [stream.length], most = MOST) {
  const splitter = new MjpegSplitter(most);
  const found: Uint8Array[] = [];
  let at = 0;
  for (let piece = 0; at < stream.length; piece++) {
    const end = Math.min(stream.length, at + (cuts[piece % cuts.length] ?? 1));
    found.push(...splitter.push(stream.slice(at, end)).map(({ jpeg }) => jpeg));
    at = end;
  }
  return { found, splitter };
}

const bytes = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(0xff)), { maxLength: 60 });
const plan: fc.Arbitrary<JpegPlan> = fc.record({
  width: fc.constant(640),
  height: fc.constant(480),
  app: fc.array(fc.oneof(bytes, fc.constant([...THUMBNAIL])), { maxLength: 3 }),
  scans: fc.array(bytes, { minLength: 1, maxLength: 3 }),
  fill: fc.integer({ min: 0, max: 3 }),
  progressive: fc.boolean(),
  restarts: fc.boolean(),
});
/** Between pictures there may be anything but the two bytes that begin one. */
const garbage = fc
  .oneof(
    fc.constant([...text('\r\n--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: 12345\r\n\r\n')]),
    bytes,
  )
  .map((noise) =>
    Uint8Array.from(noise.filter((byte, index) => !(byte === 0xd8 && noise[index - 1] === 0xff))),
  );
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });

describe('the splitter of MJPEG streams', () => {
  test('gives back every picture as it went in, however the stream is cut and whatever lies between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(garbage, plan), { maxLength: 6 }),
        garbage,
        cuts,
        (parts, tail, lengths) => {
          const pictures = parts.map(([, each]) => makeJpeg(each));
          const stream = concat([
            ...parts.flatMap(([noise], index) => [noise, pictures[index] ?? noise]),
            tail,
          ]);
          const { found, splitter } = split(stream, lengths);
          expect(found).toEqual(pictures);
          expect(splitter.broken).toBe(0);
          expect(splitter.skipped + concat(pictures).length).toBeGreaterThanOrEqual(stream.length - 1);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a picture that is cut short costs no more than what its last length can swallow', () => {
    // A length has 16 bits.
    const gap = new Uint8Array(65_536);
    fc.assert(
      fc.property(plan, fc.double({ min: 0, max: 1, noNaN: true }), cuts, (each, where, lengths) => {
        const whole = makeJpeg(each);
        const cut = whole.subarray(0, Math.max(3, Math.floor(whole.length * where)));
        const stream = concat([whole, cut, whole, gap, whole, whole]);
        const { found, splitter } = split(
          stream,
          lengths.map((length) => length * 100),
        );
        expect(found[0]).toEqual(whole);
        expect(found.slice(-2)).toEqual([whole, whole]);
        // A length that was cut off may end anywhere inside the next picture, and what stands there, a thumbnail for
        // instance, may be taken for one: but nothing is joined together, and nothing is without its end.
        for (const picture of found) {
          expect(Buffer.from(stream).includes(Buffer.from(picture))).toBe(true);
          expect([...picture.subarray(0, 2), ...picture.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9]);
        }
        expect(splitter.broken).toBeLessThanOrEqual(3);
      }),
      { numRuns: 300, examples: [[TWO_THUMBNAILS, 0.25, [1]]] },
    );
  });

  test('a thumbnail inside EXIF is part of its picture', () => {
    const whole = makeJpeg({ app: [[...text('Exif\0\0'), ...THUMBNAIL]] });
    expect(split(concat([whole, whole]), [7]).found).toEqual([whole, whole]);
  });

  test('a thumbnail does not pass for a picture where the one around it was damaged', () => {
    const whole = makeJpeg({ app: [[...text('Exif\0\0'), ...THUMBNAIL]] });
    const damaged = Uint8Array.from(whole);
    damaged.set([0x00], 3);
    const { found, splitter } = split(concat([whole, damaged, whole]));
    expect(found).toEqual([whole, whole]);
    expect(splitter.broken).toBeGreaterThan(0);
  });

  test('one that claims to be vast is dropped, and those after it are not judged by it', () => {
    const vast = makeJpeg({ width: 65_500, height: 65_500 });
    const large = makeJpeg({ width: 4000, height: 4000 });
    const { found, splitter } = split(concat([makeJpeg(), vast, makeJpeg(), large, makeJpeg()]));
    expect(found).toEqual([makeJpeg(), makeJpeg(), large, makeJpeg()]);
    expect(splitter.broken).toBe(1);
  });

  test('a camera that goes on with smaller pictures after a damaged one is believed in the end', () => {
    const small = makeJpeg({ width: 320, height: 240 });
    const stream = concat([makeJpeg(), makeJpeg().subarray(0, 20), ...new Array<Uint8Array>(30).fill(small)]);
    expect(split(stream).found.length).toBeGreaterThan(20);
  });

  test.each([
    ['no scan', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 2, 0xff, 0xd9)],
    ['no size', makeJpeg({ width: 0 })],
    ['two frame headers', concat([makeJpeg().subarray(0, 15), makeJpeg().subarray(2)])],
    ['a reserved code', Uint8Array.of(0xff, 0xd8, 0xff, 0x02, 0, 2, 0xff, 0xd9)],
    ['a length below two', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 1, 0xff, 0xd9)],
    ['an arithmetic coding', Uint8Array.of(0xff, 0xd8, 0xff, 0xc9, 0, 8, 8, 0, 9, 0, 9, 1, 0xff, 0xd9)],
  ])('a picture with %s is broken, and the next one is found', (_what, bad) => {
    const { found, splitter } = split(concat([bad, makeJpeg()]));
    expect(found).toEqual([makeJpeg()]);
    expect(splitter.broken).toBe(1);
  });

  test('a picture over the size is dropped, and no more than the size is held', () => {
    const large = makeJpeg({ scans: [new Array<number>(5000).fill(7)] });
    const splitter = new MjpegSplitter(1000);
    for (let at = 0; at < large.length; at += 100) {
      expect(splitter.push(large.subarray(at, at + 100))).toEqual([]);
      expect(splitter.held).toBeLessThanOrEqual(1000);
    }
    expect(splitter.broken).toBe(1);
    expect(splitter.push(makeJpeg())).toMatchObject([{ width: 640, height: 480 }]);
  });

  test('keeps nothing of a chunk that its owner wipes', () => {
    const whole = makeJpeg();
    const splitter = new MjpegSplitter(MOST);
    const [first, second] = [whole.slice(0, 20), whole.slice(20)];
    expect(splitter.push(first)).toEqual([]);
    first.fill(0);
    const [picture] = splitter.push(second);
    second.fill(0);
    expect(picture?.jpeg).toEqual(whole);
  });

  test('forgets the picture in hand when it is wiped', () => {
    const splitter = new MjpegSplitter(MOST);
    splitter.push(makeJpeg().subarray(0, 30));
    splitter.wipe();
    expect(splitter.held).toBe(0);
    expect(splitter.push(makeJpeg())).toHaveLength(1);
  });
});
