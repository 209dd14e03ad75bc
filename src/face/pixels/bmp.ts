import { decode } from 'bmp-ts';
import type { RgbImage } from '../../domain/image.js';
import { faceFault } from '../errors.js';

/**
 * BMP, which libvips does not read. Uncompressed 24 and 32 bits only: what cameras and readers write.
 *
 * @throws FACE_IMAGE_UNUSABLE
 */
export function decodeBmp(bytes: Uint8Array, mostPixels: number): RgbImage {
  const file = Buffer.from(bytes);
  // The header is looked at before a decoder takes memory for what it announces.
  if (file.length < 54) throw faceFault('IMAGE_UNUSABLE', { details: { problem: 'short' } });
  const width = file.readInt32LE(18);
  const height = Math.abs(file.readInt32LE(22));
  const bits = file.readUInt16LE(28);
  const plain = file.readUInt32LE(30) === 0 && (bits === 24 || bits === 32);
  const announced = width * height * (bits / 8);
  if (!plain || width < 16 || height < 16 || width * height > mostPixels || announced > file.length) {
    throw faceFault('IMAGE_UNUSABLE', { details: { problem: 'bmp', width, height, bits } });
  }
  const { data } = decode(file, { toRGBA: true });
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from] ?? 0;
    rgb[to + 1] = data[from + 1] ?? 0;
    rgb[to + 2] = data[from + 2] ?? 0;
  }
  data.fill(0);
  file.fill(0);
  return { width, height, rgb };
}
