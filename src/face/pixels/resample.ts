import type { RgbImage } from '../../domain/image.js';
import { kernelMemory, kernels, SLACK } from './kernels.js';
import { apply, type Similarity } from './similarity.js';

/** What is made: so many pixels, and what is seen beyond the source: its edge repeated, or a grey, 0..255. */
export interface Piece {
  readonly width: number;
  readonly height: number;
  readonly outside: 'edge' | number;
}

/** Places are counted in 1/65536 pixels, in 32 bits. */
const ONE = 65_536;
/** Further outside than this, all of a piece is. */
const FAR = 16_000;

/**
 * Bilinear, in whole numbers with SIMD (WebAssembly), which takes a quarter of JavaScript's time; off by at most 1.
 *
 * @param toSource carries a pixel of the piece to the pixel of the source that it shows
 * @param piece shows at most 10,000 pixels of the source in a row
 */
export function resample(
  source: RgbImage,
  toSource: Similarity,
  piece: Piece,
  out: Uint8Array,
  offset: number,
): void {
  const { width, height, outside } = piece;
  const part = partShown(source, toSource, piece);
  const row = part.width * 3;
  const result = row * (part.height + 1) + SLACK;
  const length = width * height * 3;
  const end = result + length + SLACK;
  const memory = kernelMemory(end);
  for (let y = 0, to = 0; y < part.height; y++, to += row) {
    const from = ((part.top + y) * source.width + part.left) * 3;
    memory.set(source.rgb.subarray(from, from + row), to);
  }
  kernels.resample(
    0,
    part.width,
    part.height,
    place(toSource.tx - part.left),
    place(toSource.ty - part.top),
    Math.round(toSource.a * ONE),
    Math.round(toSource.b * ONE),
    result,
    width,
    height,
    outside === 'edge' ? -1 : outside,
  );
  out.set(memory.subarray(result, result + length), offset);
  memory.fill(0, 0, end);
}

function place(pixels: number): number {
  return Math.round(Math.min(FAR, Math.max(-FAR, pixels)) * ONE);
}

/** The part of the source that a piece shows, a pixel more on each side; at least one pixel. */
function partShown({ width, height }: RgbImage, toSource: Similarity, piece: Piece) {
  const right = piece.width - 1;
  const bottom = piece.height - 1;
  const corners = [
    { x: 0, y: 0 },
    { x: right, y: 0 },
    { x: 0, y: bottom },
    { x: right, y: bottom },
  ].map((corner) => apply(toSource, corner));
  const across = span(
    corners.map(({ x }) => x),
    width,
  );
  const down = span(
    corners.map(({ y }) => y),
    height,
  );
  return { left: across.first, width: across.count, top: down.first, height: down.count };
}

function span(values: readonly number[], size: number): { first: number; count: number } {
  const within = (value: number): number => Math.min(size - 1, Math.max(0, value));
  const first = within(Math.floor(Math.min(...values)) - 1);
  const last = within(Math.ceil(Math.max(...values)) + 1);
  return { first, count: last - first + 1 };
}
