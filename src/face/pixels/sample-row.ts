import type { RgbImage } from '../../domain/image.js';

/** Where a row of samples begins in the picture and how far one goes from each to the next, in pixels. */
export interface Row {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly count: number;
}

/** Lowest and highest x and y that are within, in pixels. */
export interface Borders {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const STANDING = 1e-12;
/** Samples this near to the edge are taken the careful way: more than a row's steps add up to in rounding. */
const MARGIN = 0.02;
/** Positions are counted in 1/65536 pixels, which fills 31 bits here. */
const MOST_SIDE = 32_767;

/** Where samples are taken the quick way, and the pixels as words, which that way reads. */
export interface Inside extends Borders {
  readonly words: DataView;
}

export function insideOf({ width, height, rgb }: RgbImage): Inside {
  const words = new DataView(rgb.buffer, rgb.byteOffset, rgb.length);
  // Places that do not fit into 31 bits: nowhere.
  if (Math.max(width, height) > MOST_SIDE) return { words, left: 1, right: 0, top: 1, bottom: 0 };
  return { words, left: MARGIN, right: width - 1 - MARGIN, top: MARGIN, bottom: height - 1 - MARGIN };
}

/** Bilinear; outside the picture its edge is repeated. `inside`: see `insideOf`. Returns where in `out` the next row begins. */
export function sampleRow(
  source: RgbImage,
  row: Row,
  inside: Inside,
  out: Uint8Array,
  offset: number,
): number {
  if (copyRow(source, row, out, offset)) return offset + row.count * 3;
  const { count } = row;
  const first = Math.min(count, firstWithin(row, inside));
  const last = lastWithin(row, inside, first);
  if (first > 0) sampleAtEdge(source, part(row, 0, first), out, offset);
  if (last > first) sampleInside(source.width, inside.words, part(row, first, last), out, offset + first * 3);
  if (last < count) sampleAtEdge(source, part(row, last, count), out, offset + last * 3);
  return offset + count * 3;
}

/** The first step at which a row may be within these borders; perhaps beyond its end. */
export function firstWithin({ x, y, stepX, stepY }: Row, { left, right, top, bottom }: Borders): number {
  return Math.max(firstOf(x, stepX, left, right), firstOf(y, stepY, top, bottom));
}

/** One after the last step at which a row is within these borders; at least `first`. */
export function lastWithin(row: Row, { left, right, top, bottom }: Borders, first: number): number {
  const last = Math.min(lastOf(row.x, row.stepX, left, right), lastOf(row.y, row.stepY, top, bottom));
  return Math.max(first, Math.min(row.count, last));
}

function firstOf(start: number, step: number, low: number, high: number): number {
  if (Math.abs(step) < STANDING) return 0;
  return Math.max(0, Math.ceil(Math.min((low - start) / step, (high - start) / step)));
}

function lastOf(start: number, step: number, low: number, high: number): number {
  if (Math.abs(step) < STANDING) return start < low || start > high ? 0 : Number.POSITIVE_INFINITY;
  return Math.floor(Math.max((low - start) / step, (high - start) / step)) + 1;
}

export function part({ x, y, stepX, stepY }: Row, first: number, last: number): Row {
  return { x: x + stepX * first, y: y + stepY * first, stepX, stepY, count: last - first };
}

/** Pixel for pixel: what a camera's picture halved for the detector comes to. */
function copyRow({ width, height, rgb }: RgbImage, row: Row, out: Uint8Array, offset: number): boolean {
  const { x, y, stepX, stepY, count } = row;
  if (stepX !== 1 || stepY !== 0 || !Number.isInteger(x) || !Number.isInteger(y)) return false;
  if (x < 0 || y < 0 || y >= height || x + count > width) return false;
  const from = (y * width + x) * 3;
  out.set(rgb.subarray(from, from + count * 3), offset);
  return true;
}

/**
 * In whole numbers (places in 16 bits of fraction, weights in 11), which is twice as fast as with fractions; off by at
 * most 1. The four pixels around a place are read as four words instead of twelve bytes, those to the right from one byte
 * earlier, so that none is read beyond the picture's end. `imul` and `| 0` keep the engine from looking for overflow.
 */
function sampleInside(width: number, words: DataView, row: Row, out: Uint8Array, offset: number): void {
  const below = width * 3;
  const stepX = Math.round(row.stepX * 65_536);
  const stepY = Math.round(row.stepY * 65_536);
  let x = Math.round(row.x * 65_536);
  let y = Math.round(row.y * 65_536);
  const end = offset + row.count * 3;
  for (let to = offset; to < end; to += 3, x = (x + stepX) | 0, y = (y + stepY) | 0) {
    const fx = (x >> 5) & 2047;
    const fy = (y >> 5) & 2047;
    const p = Math.imul((Math.imul(y >> 16, width) + (x >> 16)) | 0, 3);
    const q = (p + below) | 0;
    const w11 = (Math.imul(fx, fy) + 1024) >> 11;
    const w10 = (fy - w11) | 0;
    const w01 = (fx - w11) | 0;
    const w00 = (2048 - fx - w10) | 0;
    const a = words.getInt32(p, true);
    const b = words.getInt32((p + 2) | 0, true);
    const c = words.getInt32(q, true);
    const d = words.getInt32((q + 2) | 0, true);
    out[to] =
      (Math.imul(a & 255, w00) +
        Math.imul((b >> 8) & 255, w01) +
        Math.imul(c & 255, w10) +
        Math.imul((d >> 8) & 255, w11) +
        1024) >>
      11;
    out[to + 1] =
      (Math.imul((a >> 8) & 255, w00) +
        Math.imul((b >> 16) & 255, w01) +
        Math.imul((c >> 8) & 255, w10) +
        Math.imul((d >> 16) & 255, w11) +
        1024) >>
      11;
    out[to + 2] =
      (Math.imul((a >> 16) & 255, w00) +
        Math.imul(b >>> 24, w01) +
        Math.imul((c >> 16) & 255, w10) +
        Math.imul(d >>> 24, w11) +
        1024) >>
      11;
  }
}

function sampleAtEdge(source: RgbImage, row: Row, out: Uint8Array, offset: number): void {
  const { width, height, rgb } = source;
  const lastX = width - 1;
  const lastY = height - 1;
  let to = offset;
  for (let i = 0; i < row.count; i++) {
    const x = Math.min(lastX, Math.max(0, row.x + row.stepX * i));
    const y = Math.min(lastY, Math.max(0, row.y + row.stepY * i));
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const fx = x - x0;
    const fy = y - y0;
    const p = (y0 * width + x0) * 3;
    const right = x0 < lastX ? 3 : 0;
    const down = y0 < lastY ? width * 3 : 0;
    for (let c = p; c < p + 3; c++) {
      const top = (rgb[c] as number) + ((rgb[c + right] as number) - (rgb[c] as number)) * fx;
      const low =
        (rgb[c + down] as number) + ((rgb[c + down + right] as number) - (rgb[c + down] as number)) * fx;
      out[to++] = top + (low - top) * fy + 0.5;
    }
  }
}
