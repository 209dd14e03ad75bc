import type { RgbImage } from '../../domain/image.js';
import type { Picture } from './picture.js';
import { type Piece, resample } from './resample.js';
import { type Similarity, scaleOf } from './similarity.js';

/**
 * Cuts a piece out of a picture, bilinear.
 *
 * @param toSource carries a pixel of the piece to the pixel of the picture that it shows
 * @param out where the interleaved RGB goes, from `offset` on
 *
 * Where the piece is much smaller than what it shows, an averaged smaller version of the picture is read, so that nothing flickers.
 */
export function warp(
  picture: Picture,
  toSource: Similarity,
  piece: Piece,
  out: Uint8Array,
  offset = 0,
): void {
  const factor = 2 ** Math.max(0, Math.floor(Math.log2(scaleOf(toSource) * 1.05)));
  const source = picture.reduced(factor);
  // Pixel centres: x of the picture is (x + 0.5) / factor - 0.5 of the smaller one.
  const shift = 0.5 / factor - 0.5;
  const toSmaller = {
    a: toSource.a / factor,
    b: toSource.b / factor,
    tx: toSource.tx / factor + shift,
    ty: toSource.ty / factor + shift,
  };
  if (!copy(source, toSmaller, piece, out, offset)) resample(source, toSmaller, piece, out, offset);
}

/** Pixel for pixel, where it comes to that: what a camera's picture halved for the detector does. */
function copy(
  { width, height, rgb }: RgbImage,
  { a, b, tx, ty }: Similarity,
  piece: Piece,
  out: Uint8Array,
  offset: number,
): boolean {
  const { outside } = piece;
  if (outside === 'edge' || a !== 1 || b !== 0 || !Number.isInteger(tx) || !Number.isInteger(ty))
    return false;
  out.fill(outside, offset, offset + piece.width * piece.height * 3);
  const first = Math.max(0, -tx);
  const last = Math.min(piece.width, width - tx);
  for (let y = Math.max(0, -ty); y < Math.min(piece.height, height - ty) && first < last; y++) {
    const from = ((y + ty) * width + tx) * 3;
    out.set(rgb.subarray(from + first * 3, from + last * 3), offset + (y * piece.width + first) * 3);
  }
  return true;
}
