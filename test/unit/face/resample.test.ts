import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelMemory } from '#built/face/pixels/kernels.js';
import { type Piece, resample } from '#built/face/pixels/resample.js';
import { apply, type Similarity } from '#built/face/pixels/similarity.js';

interface Image {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const side = fc.integer({ min: 1, max: 24 });
const image: fc.Arbitrary<Image> = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((rgb) => ({ width, height, rgb })),
  );
const place = fc.double({ min: -40, max: 40, noNaN: true });
const similarity: fc.Arbitrary<Similarity> = fc
  .record({
    scale: fc.double({ min: 0.02, max: 2, noNaN: true }),
    angle: fc.double({ min: -3.2, max: 3.2, noNaN: true }),
    tx: place,
    ty: place,
  })
  .map(({ scale, angle, tx, ty }) => ({ a: scale * Math.cos(angle), b: scale * Math.sin(angle), tx, ty }));
const piece: fc.Arbitrary<Piece> = fc.record({
  width: fc.integer({ min: 1, max: 19 }),
  height: fc.integer({ min: 1, max: 9 }),
  outside: fc.oneof(fc.constant<'edge'>('edge'), fc.integer({ min: 0, max: 255 })),
});

/** Nearer than this to where the picture ends, either side may be right: places are counted in 1/65536 pixels. */
const CLOSE = 0.001;

/** What a byte of the piece may be, as slowly as it can be said. */
function plain(
  { width, height, rgb }: Image,
  { x, y }: { x: number; y: number },
  c: number,
  outside: Piece['outside'],
) {
  const beyond = Math.max(-0.5 - x, x - (width - 0.5), -0.5 - y, y - (height - 0.5));
  const [cx, cy] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
  const at = (dx: number, dy: number): number =>
    rgb[(Math.min(height - 1, y0 + dy) * width + Math.min(width - 1, x0 + dx)) * 3 + c] as number;
  const [fx, fy] = [cx - x0, cy - y0];
  const upper = at(0, 0) + (at(1, 0) - at(0, 0)) * fx;
  const lower = at(0, 1) + (at(1, 1) - at(0, 1)) * fx;
  const bilinear = upper + (lower - upper) * fy;
  if (outside === 'edge' || beyond < -CLOSE) return [bilinear];
  return beyond > CLOSE ? [outside] : [bilinear, outside];
}

function resampled(source: Image, to: Similarity, wanted: Piece, offset = 0): Uint8Array {
  const out = new Uint8Array(offset + wanted.width * wanted.height * 3 + 20).fill(99);
  resample(source, to, wanted, out, offset);
  return out;
}

function expectPlain(source: Image, to: Similarity, wanted: Piece): void {
  const out = resampled(source, to, wanted);
  for (let y = 0; y < wanted.height; y++) {
    for (let x = 0; x < wanted.width; x++) {
      const from = apply(to, { x, y });
      for (let c = 0; c < 3; c++) {
        const made = out[(y * wanted.width + x) * 3 + c] as number;
        const off = plain(source, from, c, wanted.outside).map((value) => Math.abs(value - made));
        expect(Math.min(...off)).toBeLessThan(1);
      }
    }
  }
}

describe('resampling', () => {
  it('is bilinear to within one level, at every place, angle and size', () => {
    fc.assert(fc.property(image, similarity, piece, expectPlain), { numRuns: 400 });
  });

  it('shows a picture much larger than a page of memory', () => {
    const rgb = new Uint8Array(700 * 500 * 3).map((_, i) => (i * 31 + (i >> 7)) & 255);
    const to = { a: 1.7, b: 0.4, tx: 180, ty: -20 };
    expectPlain({ width: 700, height: 500, rgb }, to, { width: 230, height: 270, outside: 128 });
  });

  it('writes the piece and nothing beside it', () => {
    fc.assert(
      fc.property(image, similarity, piece, fc.integer({ min: 0, max: 7 }), (source, to, wanted, offset) => {
        const out = resampled(source, to, wanted, offset);
        const end = offset + wanted.width * wanted.height * 3;
        expect([...out.subarray(0, offset), ...out.subarray(end)].every((value) => value === 99)).toBe(true);
        expect([...out.subarray(offset, end)]).toEqual([
          ...resampled(source, to, wanted).subarray(0, end - offset),
        ]);
      }),
    );
  });

  it.each([1e5, -1e5, 1e9, -1e300])('sees only what is outside from %d pixels away', (away) => {
    const rgb = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => i);
    const source = { width: 4, height: 3, rgb };
    const wanted = { width: 5, height: 2 };
    const to = { a: 1, b: 0, tx: away, ty: 1 };
    const grey = resampled(source, to, { ...wanted, outside: 200 }).subarray(0, 30);
    expect([...grey]).toEqual(Array(30).fill(200));
    const edge = resampled(source, to, { ...wanted, outside: 'edge' }).subarray(0, 3);
    const pixel = away > 0 ? 7 : 4;
    expect([...edge]).toEqual([pixel * 3, pixel * 3 + 1, pixel * 3 + 2]);
  });

  it('leaves no pixel behind in its memory', () => {
    const source = { width: 40, height: 30, rgb: new Uint8Array(3600).fill(211) };
    resampled(source, { a: 0.9, b: 0.1, tx: 3, ty: 2 }, { width: 33, height: 31, outside: 'edge' });
    expect(kernelMemory(0).every((value) => value === 0)).toBe(true);
  });
});
