import type { RgbImage } from '../../domain/image.js';
import type { Picture } from './picture.js';
import { type Similarity, scaleOf } from './similarity.js';

/**
 * Cuts a `width` x `height` piece out of a picture, bilinear.
 *
 * @param toSource carries a pixel of the piece to the pixel of the picture that it shows
 * @param out where the interleaved RGB goes, from `offset` on
 *
 * Outside the picture its edge is repeated when `outside` is `edge`, else it is of that grey (0..255). Where the piece is much smaller
 * than what it shows, an averaged smaller version of the picture is read, so that nothing flickers.
 */
export function warp(
  picture: Picture,
  toSource: Similarity,
  piece: { readonly width: number; readonly height: number; readonly outside: 'edge' | number },
  out: Uint8Array,
  offset = 0,
): void {
  const factor = 2 ** Math.max(0, Math.floor(Math.log2(scaleOf(toSource) * 1.05)));
  const source = picture.reduced(factor);
  // Pixel centres: x of the picture is (x + 0.5) / factor - 0.5 of the smaller one.
  const shift = 0.5 / factor - 0.5;
  const reading: Similarity = {
    a: toSource.a / factor,
    b: toSource.b / factor,
    tx: toSource.tx / factor + shift,
    ty: toSource.ty / factor + shift,
  };
  const { width, height, outside } = piece;
  let to = offset;
  for (let y = 0; y < height; y++) {
    const startX = -reading.b * y + reading.tx;
    const startY = reading.a * y + reading.ty;
    if (outside === 'edge') to = rowWithEdge(source, startX, startY, reading, width, out, to);
    else to = rowWithGrey(source, startX, startY, reading, width, out, to, outside);
  }
}

function rowWithEdge(
  { width: w, height: h, rgb }: RgbImage,
  startX: number,
  startY: number,
  { a, b }: Similarity,
  count: number,
  out: Uint8Array,
  offset: number,
): number {
  let to = offset;
  // Pixel for pixel: what a camera's picture halved for the detector comes to.
  if (a === 1 && b === 0 && Number.isInteger(startX) && Number.isInteger(startY)) {
    const row = startY * w;
    if (startX >= 0 && startY >= 0 && startY < h && startX + count <= w) {
      out.set(rgb.subarray((row + startX) * 3, (row + startX + count) * 3), to);
      return to + count * 3;
    }
  }
  const lastX = w - 1;
  const lastY = h - 1;
  for (let i = 0; i < count; i++) {
    let x = startX + a * i;
    let y = startY + b * i;
    x = x < 0 ? 0 : x > lastX ? lastX : x;
    y = y < 0 ? 0 : y > lastY ? lastY : y;
    const x0 = x | 0;
    const y0 = y | 0;
    const fx = x - x0;
    const fy = y - y0;
    const p = (y0 * w + x0) * 3;
    const right = x0 < lastX ? 3 : 0;
    const down = y0 < lastY ? w * 3 : 0;
    for (let c = p; c < p + 3; c++) {
      const top = (rgb[c] as number) + ((rgb[c + right] as number) - (rgb[c] as number)) * fx;
      const low =
        (rgb[c + down] as number) + ((rgb[c + down + right] as number) - (rgb[c + down] as number)) * fx;
      out[to++] = top + (low - top) * fy + 0.5;
    }
  }
  return to;
}

/** Samples only where there is a picture; detectors look at pictures that are mostly frame. */
function rowWithGrey(
  source: RgbImage,
  startX: number,
  startY: number,
  step: Similarity,
  count: number,
  out: Uint8Array,
  offset: number,
  grey: number,
): number {
  const [first, last] = insideOf(source, startX, startY, step, count);
  out.fill(grey, offset, offset + first * 3);
  const from = offset + first * 3;
  const to = rowWithEdge(
    source,
    startX + step.a * first,
    startY + step.b * first,
    step,
    last - first,
    out,
    from,
  );
  out.fill(grey, to, offset + count * 3);
  return offset + count * 3;
}

/** The steps, from the first to before the last, that lie within the picture. */
function insideOf(
  { width, height }: RgbImage,
  startX: number,
  startY: number,
  { a, b }: Similarity,
  count: number,
): [first: number, last: number] {
  let first = 0;
  let last = count;
  for (const [start, by, size] of [
    [startX, a, width],
    [startY, b, height],
  ] as const) {
    const low = -0.5 - start;
    const high = size - 0.5 - start;
    if (Math.abs(by) < 1e-12) {
      if (low > 0 || high < 0) return [0, 0];
      continue;
    }
    first = Math.max(first, Math.ceil(Math.min(low / by, high / by)));
    last = Math.min(last, Math.floor(Math.max(low / by, high / by)) + 1);
  }
  return last > first ? [first, last] : [0, 0];
}
