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
const START = Uint8Array.of(0xff, 0xd8);
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
        // A length that was cut off may end anywhere inside the next picture, and the picture go on there: but
        // nothing is joined together that was apart in the stream, and nothing is without its end.
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

  test('a thumbnail does not pass for a picture where the first of all was cut off', () => {
    const whole = makeJpeg(TWO_THUMBNAILS);
    const cut = whole.subarray(0, Math.floor(whole.length / 4));
    expect(split(concat([cut, whole, whole])).found).toEqual([whole]);
  });

  test('a thumbnail does not pass for a picture whatever was lost, however often', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const end = Buffer.from(THUMBNAIL.subarray(-9));
    const loss = fc.record({ where: part, length: part, whole: fc.nat(2) });
    fc.assert(
      fc.property(plan, fc.array(loss, { minLength: 1, maxLength: 5 }), cuts, (each, losses, lengths) => {
        const whole = makeJpeg({ ...each, app: [...each.app, [...text('Exif\0\0'), ...THUMBNAIL]] });
        const stream = concat(
          losses.flatMap(({ where, length, whole: sound }) => {
            // From somewhere in one picture to somewhere in it or in the next.
            const two = concat([whole, whole]);
            const from = 2 + Math.floor(where * (whole.length - 4));
            const to = from + 1 + Math.floor(length * (two.length - from - 3));
            const damaged = concat([two.subarray(0, from), two.subarray(to)]);
            return [damaged, ...new Array<Uint8Array>(sound).fill(whole)];
          }),
        );
        const { found } = split(concat([stream, new Uint8Array(65_536), whole, whole, whole]), lengths);
        // Neither by itself nor joined to the beginning of another picture.
        for (const picture of found) expect(end.equals(picture.subarray(-end.length))).toBe(false);
        expect(found.slice(-3)).toEqual([whole, whole, whole]);
      }),
      { numRuns: 300 },
    );
  });

  test('what may be a thumbnail waits for the next start, and for no longer', () => {
    const splitter = new MjpegSplitter(MOST);
    const [cut, whole] = [makeJpeg().subarray(0, 30), makeJpeg()];
    expect(splitter.push(concat([cut, whole]))).toEqual([]);
    expect(splitter.held).toBe(whole.length);
    expect(splitter.push(concat([text('\r\n--ffmpeg\r\n'), START]))).toMatchObject([{ jpeg: whole }]);
    expect(splitter.held).toBe(START.length);
    expect(splitter.push(whole.subarray(2))).toMatchObject([{ jpeg: whole }]);
  });

  test('a camera whose pictures are no larger than thumbnails is waited for once', () => {
    const splitter = new MjpegSplitter(MOST);
    expect(splitter.push(THUMBNAIL)).toEqual([]);
    expect(splitter.push(THUMBNAIL)).toHaveLength(2);
    expect(splitter.push(THUMBNAIL)).toHaveLength(1);
  });

  test('the end of a stream proves its last picture', () => {
    const splitter = new MjpegSplitter(MOST);
    expect(splitter.push(THUMBNAIL)).toEqual([]);
    expect(splitter.finish()?.jpeg).toEqual(THUMBNAIL);
    expect(splitter.finish()).toBeUndefined();
  });

  test('a camera that writes markers between its pictures is believed again in the end', () => {
    const noise = Uint8Array.of(1, 0xff, 0xd0, 2);
    const stream = concat([makeJpeg().subarray(0, 30), ...new Array(60).fill([makeJpeg(), noise]).flat()]);
    expect(split(stream).found.length).toBeGreaterThan(20);
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
