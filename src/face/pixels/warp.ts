import type { RgbImage } from '../../domain/image.js';
import type { Picture } from './picture.js';
import { firstWithin, type Inside, insideOf, lastWithin, part, type Row, sampleRow } from './sample-row.js';
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
  const a = toSource.a / factor;
  const b = toSource.b / factor;
  const startX = toSource.tx / factor + shift;
  const startY = toSource.ty / factor + shift;
  const { width, height, outside } = piece;
  const inside = insideOf(source);
  let to = offset;
  for (let y = 0; y < height; y++) {
    const row = { x: startX - b * y, y: startY + a * y, stepX: a, stepY: b, count: width };
    if (outside === 'edge') to = sampleRow(source, row, inside, out, to);
    else to = rowWithGrey(source, row, inside, out, to, outside);
  }
}

/** Samples only where there is a picture; detectors look at pictures that are mostly frame. */
function rowWithGrey(
  source: RgbImage,
  row: Row,
  inside: Inside,
  out: Uint8Array,
  offset: number,
  grey: number,
): number {
  const end = offset + row.count * 3;
  const picture = { left: -0.5, right: source.width - 0.5, top: -0.5, bottom: source.height - 0.5 };
  const first = Math.min(row.count, firstWithin(row, picture));
  const last = lastWithin(row, picture, first);
  out.fill(grey, offset, offset + first * 3);
  const to = sampleRow(source, part(row, first, last), inside, out, offset + first * 3);
  out.fill(grey, to, end);
  return end;
}
