import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MjpegSplitter } from '#built/camera/mjpeg.js';
import { concat, makeJpeg } from '../unit/camera/jpegs.js';

const MOST = 600;
const CHUNK = 200;

/** Seeds for mutation: pictures of every kind that the splitter knows. */
const SEEDS = [
  makeJpeg(),
  makeJpeg({ app: [[...makeJpeg({ width: 160, height: 120 })]] }),
  makeJpeg({ progressive: true, scans: [[1, 255, 2], [3], [255, 255]] }),
  makeJpeg({ restarts: true, scans: [new Array<number>(200).fill(9)] }),
  makeJpeg({ scans: [new Array<number>(MOST).fill(9)] }),
];

/** Bytes that mean something to the splitter come far more often than by chance. */
const byte = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0xc0, 0xc4, 0xe1, 0x00) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);
const mutation = fc.record({
  seed: fc.nat(SEEDS.length - 1),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(12),
  insert: fc.array(byte, { maxLength: 12 }),
});
const stream = fc.oneof(
  fc.array(byte, { maxLength: 1500 }).map((bytes) => Uint8Array.from(bytes)),
  fc.array(mutation, { minLength: 1, maxLength: 12 }).map((mutations) =>
    concat(
      mutations.map(({ seed, at, remove, insert }) => {
        const picture = [...(SEEDS[seed] ?? [])];
        picture.splice(Math.floor(at * picture.length), remove, ...insert);
        return Uint8Array.from(picture);
      }),
    ),
  ),
);

describe('hostile MJPEG', () => {
  test('never throws, holds no more than one picture, hands out nothing but JPEGs within the size', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: CHUNK }), (bytes, length) => {
        const splitter = new MjpegSplitter(MOST);
        let handedOut = 0;
        for (let at = 0; at < bytes.length; at += length) {
          for (const { jpeg, width, height } of splitter.push(bytes.subarray(at, at + length))) {
            handedOut += jpeg.length;
            const framed =
              jpeg[0] === 0xff && jpeg[1] === 0xd8 && jpeg.at(-2) === 0xff && jpeg.at(-1) === 0xd9;
            // Nothing is made up: what is handed out stood in the stream as it is.
            const there = Buffer.from(bytes).includes(Buffer.from(jpeg));
            if (!framed || !there || jpeg.length > MOST || width * height === 0) return false;
          }
          if (splitter.held > MOST) return false;
        }
        // What it did with the bytes adds up, save for an FF that may yet begin a picture.
        return splitter.skipped + handedOut + splitter.held <= bytes.length;
      }),
      { numRuns: 3000 },
    );
  }, 120_000);

  test('finds the same pictures however the stream is cut', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: CHUNK }), (bytes, length) => {
        const once = new MjpegSplitter(MOST);
        const pieces = new MjpegSplitter(MOST);
        const expected = once.push(bytes);
        const found = [];
        for (let at = 0; at < bytes.length; at += length)
          found.push(...pieces.push(bytes.subarray(at, at + length)));
        expect(found).toEqual(expected);
        expect({ broken: pieces.broken, skipped: pieces.skipped }).toEqual({
          broken: once.broken,
          skipped: once.skipped,
        });
      }),
      { numRuns: 2000 },
    );
  }, 120_000);
});
