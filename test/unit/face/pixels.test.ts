import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ANY, decodePicture, UNHURRIED } from '#built/face/pixels/decode.js';
import { mirror } from '#built/face/pixels/mirror.js';
import { Picture } from '#built/face/pixels/picture.js';
import { shrink } from '#built/face/pixels/shrink.js';
import { apply, fitSimilarity, invert, residual, type Similarity } from '#built/face/pixels/similarity.js';
import { countScans, sniffFormat } from '#built/face/pixels/sniff.js';
import { stretchContrast } from '#built/face/pixels/stretch.js';
import { warp } from '#built/face/pixels/warp.js';

const number = fc.double({ min: -500, max: 500, noNaN: true });
const point = fc.record({ x: number, y: number });
const similarity: fc.Arbitrary<Similarity> = fc
  .record({
    scale: fc.double({ min: 0.05, max: 20, noNaN: true }),
    angle: fc.double({ min: -3, max: 3, noNaN: true }),
    tx: number,
    ty: number,
  })
  .map(({ scale, angle, tx, ty }) => ({ a: scale * Math.cos(angle), b: scale * Math.sin(angle), tx, ty }));

/** A slope: red grows to the right, green downwards. */
function slope(width: number, height: number): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rgb.set([x, y, 7], (y * width + x) * 3);
  return new Picture({ width, height, rgb });
}

describe('similarities', () => {
  it('are found again from the points that they moved', () => {
    fc.assert(
      fc.property(similarity, fc.array(point, { minLength: 3, maxLength: 30 }), (wanted, points) => {
        fc.pre(new Set(points.map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`)).size > 1);
        const moved = points.map((each) => apply(wanted, each));
        expect(residual(fitSimilarity(points, moved), points, moved)).toBeLessThan(1e-5);
      }),
    );
  });

  it('are undone by their inverse', () => {
    fc.assert(
      fc.property(similarity, point, (forth, { x, y }) => {
        const back = apply(invert(forth), apply(forth, { x, y }));
        expect(back.x).toBeCloseTo(x, 5);
        expect(back.y).toBeCloseTo(y, 5);
      }),
    );
  });
});

describe('cutting a piece out of a picture', () => {
  it('reads between pixels, and turns', () => {
    const out = new Uint8Array(4 * 4 * 3);
    warp(slope(200, 200), { a: 1, b: 0, tx: 10.5, ty: 20 }, { width: 4, height: 4, outside: 'edge' }, out);
    expect([...out.subarray(0, 6)]).toEqual([11, 20, 7, 12, 20, 7]);
    warp(slope(200, 200), { a: 0, b: 1, tx: 50, ty: 60 }, { width: 4, height: 4, outside: 'edge' }, out);
    expect([...out.subarray(0, 6)]).toEqual([50, 60, 7, 50, 61, 7]);
  });

  it('reads averaged pixels where it makes smaller, without moving what it shows', () => {
    const out = new Uint8Array(10 * 10 * 3);
    warp(slope(240, 240), { a: 8, b: 0, tx: 40, ty: 80 }, { width: 10, height: 10, outside: 'edge' }, out);
    for (let x = 0; x < 10; x++) expect(Math.abs((out[x * 3] ?? 0) - (40 + 8 * x))).toBeLessThanOrEqual(1);
    expect(Math.abs((out[1] ?? 0) - 80)).toBeLessThanOrEqual(1);
  });

  it('fills what lies outside as it is told', () => {
    const out = new Uint8Array(3 * 3);
    warp(slope(20, 20), { a: 1, b: 0, tx: -5, ty: 3 }, { width: 3, height: 1, outside: 230 }, out);
    expect([...out]).toEqual([230, 230, 230, 230, 230, 230, 230, 230, 230]);
    warp(slope(20, 20), { a: 1, b: 0, tx: -5, ty: 3 }, { width: 3, height: 1, outside: 'edge' }, out);
    expect([...out.subarray(0, 3)]).toEqual([0, 3, 7]);
  });

  it('is never surprised by any place or size', () => {
    fc.assert(
      fc.property(
        similarity,
        fc.integer({ min: 16, max: 60 }),
        fc.integer({ min: 16, max: 60 }),
        (to, w, h) => {
          const out = new Uint8Array(7 * 5 * 3);
          warp(slope(w, h), to, { width: 7, height: 5, outside: 'edge' }, out);
          for (let i = 2; i < out.length; i += 3) expect(out[i]).toBe(7);
        },
      ),
      { numRuns: 60 },
    );
  });
});

it('making smaller averages, by two as by any other factor', () => {
  const rgb = Uint8Array.from([0, 0, 0, 10, 10, 10, 20, 20, 20, 30, 30, 30]);
  expect([...shrink({ width: 2, height: 2, rgb }, 2).rgb]).toEqual([15, 15, 15]);
  const nine = new Uint8Array(27).map((_, i) => Math.floor(i / 3));
  expect([...shrink({ width: 3, height: 3, rgb: nine }, 3).rgb]).toEqual([4, 4, 4]);
});

it('wiping a picture overwrites it and every smaller version', () => {
  const picture = slope(64, 64);
  const small = picture.reduced(4);
  picture.wipe();
  expect(picture.image.rgb.every((value) => value === 0)).toBe(true);
  expect(small.rgb.every((value) => value === 0)).toBe(true);
});

describe('what a file says it is', () => {
  it.each([
    ['jpeg', [0xff, 0xd8, 0xff, 0xe0]],
    ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]],
    ['bmp', [0x42, 0x4d, 0]],
    [undefined, [0x47, 0x49, 0x46, 0x38, 0x39]],
    [undefined, []],
  ])('%s', (format, bytes) => {
    expect(sniffFormat(Uint8Array.from(bytes))).toBe(format);
  });

  it('counts scans no further than asked', () => {
    const scans = Uint8Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0xff : 0xda));
    expect(countScans(scans, 64)).toBe(64);
    expect(countScans(Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0xff), 64)).toBe(1);
  });
});

const side = fc.integer({ min: 2, max: 21 });
const image = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((rgb) => ({ width, height, rgb })),
  );

function noise(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 13) & 255);
}

/** As slowly as it can be said. */
function halved({ width, height, rgb }: { width: number; height: number; rgb: Uint8Array }): number[] {
  const out: number[] = [];
  for (let y = 0; y + 1 < height; y += 2) {
    for (let x = 0; x + 1 < width; x += 2) {
      for (let c = 0; c < 3; c++) {
        const at = (dx: number, dy: number) => rgb[((y + dy) * width + x + dx) * 3 + c] ?? 0;
        out.push((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) >> 2);
      }
    }
  }
  return out;
}

it('halves pictures of any size, also larger ones than go into one band', () => {
  fc.assert(
    fc.property(image, (each) => {
      expect([...shrink(each, 2).rgb]).toEqual(halved(each));
    }),
  );
  const large = { width: 1283, height: 75, rgb: noise(1283 * 75 * 3) };
  expect([...shrink(large, 2).rgb]).toEqual(halved(large));
});

it('mirrors every row, into its place', () => {
  fc.assert(
    fc.property(image, fc.integer({ min: 0, max: 5 }), ({ width, rgb }, offset) => {
      const out = new Uint8Array(rgb.length + offset + 1);
      mirror(rgb, width, out, offset);
      const pixels = Array.from({ length: rgb.length / 3 }, (_, i) => {
        const from = i - (i % width) + width - 1 - (i % width);
        return [...rgb.subarray(from * 3, from * 3 + 3)];
      });
      expect([...out]).toEqual([...new Array(offset).fill(0), ...pixels.flat(), 0]);
    }),
  );
});

describe('drawing out the contrast', () => {
  const grey = (values: readonly number[]) => ({
    width: values.length,
    height: 1,
    rgb: Uint8Array.from(values.flatMap((value) => [value, value, value])),
  });

  it('takes the ends to black and white, whatever specks lie beyond them', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i === 0 ? 255 : i === 1 ? 0 : 40 + (i % 21)));
    const { rgb = [] } = stretchContrast(grey(values)) ?? {};
    expect([...rgb].filter((_, i) => i % 3 === 0).slice(0, 2)).toEqual([255, 0]);
    for (const [i, value] of values.entries()) {
      if (i > 1) expect(Math.abs((rgb[3 * i] as number) - ((value - 40) * 255) / 20)).toBeLessThan(1);
    }
  });

  it('leaves alone what has enough, and what has none', () => {
    expect(stretchContrast(grey(Array.from({ length: 256 }, (_, i) => i)))).toBeUndefined();
    expect(stretchContrast(grey(Array.from({ length: 256 }, () => 90)))).toBeUndefined();
  });
});

describe('the time that a decoder may take', () => {
  it('is short, and longer where nobody waits for the picture', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const encoded = await sharp({
      create: { width: 2000, height: 2000, channels: 3, background: '#000', noise },
    })
      .png()
      .toBuffer();
    await expect(decodePicture({ encoded }, { ...ANY, mostSeconds: 0 })).rejects.toMatchObject({
      code: 'FACE_IMAGE_UNUSABLE',
      details: { problem: 'time' },
    });
    expect((await decodePicture({ encoded }, ANY)).image.width).toBe(ANY.mostSide);
    expect(UNHURRIED.mostSeconds).toBeGreaterThan(10 * ANY.mostSeconds);
  });
});
