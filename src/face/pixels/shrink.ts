import type { RgbImage } from '../../domain/image.js';
import { halve } from './halve.js';

/** Makes a picture smaller by a whole factor; each pixel is the mean of `factor` x `factor` pixels. */
export function shrink({ width, height, rgb }: RgbImage, factor: number): RgbImage {
  const w = Math.max(1, Math.floor(width / factor));
  const h = Math.max(1, Math.floor(height / factor));
  const out = new Uint8Array(w * h * 3);
  if (factor === 2 && width >= 2 && height >= 2) halve(rgb, width, out, w, h);
  else average(rgb, width, height, out, w, h, factor);
  return { width: w, height: h, rgb: out };
}

function average(
  rgb: Uint8Array,
  width: number,
  height: number,
  out: Uint8Array,
  w: number,
  h: number,
  factor: number,
): void {
  const columns = Math.min(factor, width);
  const rows = Math.min(factor, height);
  const count = columns * rows;
  let to = 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const first = (y * factor * width + x * factor) * 3;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let dy = 0; dy < rows; dy++) {
        let from = first + dy * width * 3;
        for (let dx = 0; dx < columns; dx++, from += 3) {
          r += rgb[from] as number;
          g += rgb[from + 1] as number;
          b += rgb[from + 2] as number;
        }
      }
      out[to++] = Math.round(r / count);
      out[to++] = Math.round(g / count);
      out[to++] = Math.round(b / count);
    }
  }
}
