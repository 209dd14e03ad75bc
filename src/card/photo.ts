import type { CardPhoto } from '../domain/card.js';
import type { RgbImage } from '../domain/image.js';
import { cardFault } from './errors.js';

/** Resident cards have 102x126; readers that hand over a picture of their own may have enlarged it. */
const LEAST_SIDE = 48;
const MOST_SIDE = 2000;

/** Every WLT photo seen in public begins so: "WLf", width 102 and height 126, u16 little-endian, then 50. */
const WLT_MAGIC = Uint8Array.of(0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00);

/** A cheap test of a photo that only a vendor's decoder can open. */
export function looksLikeWlt(bytes: Uint8Array): boolean {
  return bytes.length === 1024 && WLT_MAGIC.every((byte, index) => bytes[index] === byte);
}

/** What a picture's first bytes say it is. */
export function sniffPicture(bytes: Uint8Array): Exclude<CardPhoto['kind'], 'wlt'> | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpeg';
  if (bytes[0] === 0x42 && bytes[1] === 0x4d) return 'bmp';
  const jp2Box = bytes[4] === 0x6a && bytes[5] === 0x50 && bytes[6] === 0x20;
  return jp2Box || (bytes[0] === 0xff && bytes[1] === 0x4f) ? 'jp2' : undefined;
}

/**
 * Decodes a picture that is in an open format: BMP by bmp-ts (libvips has none), the rest by sharp.
 *
 * @throws CARD_PHOTO_INVALID
 */
export async function decodePicture(bytes: Uint8Array): Promise<RgbImage> {
  const kind = sniffPicture(bytes);
  if (kind === undefined)
    throw cardFault('PHOTO_INVALID', { details: { bytes: bytes.length, problem: 'no picture' } });
  try {
    return checkSize(kind === 'bmp' ? await decodeBmp(bytes) : await decodeBySharp(bytes));
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'CountersignError') throw cause;
    throw cardFault('PHOTO_INVALID', { cause, details: { kind, bytes: bytes.length } });
  }
}

async function decodeBmp(bytes: Uint8Array): Promise<RgbImage> {
  const file = Buffer.from(bytes);
  // Sizes are looked at before a decoder takes memory for them.
  checkSides(Math.abs(file.readInt32LE(18)), Math.abs(file.readInt32LE(22)));
  const { decode } = await import('bmp-ts');
  const { width, height, data } = decode(file, { toRGBA: true });
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

async function decodeBySharp(bytes: Uint8Array): Promise<RgbImage> {
  const { default: sharp } = await import('sharp');
  const picture = sharp(bytes, { limitInputPixels: MOST_SIDE * MOST_SIDE, failOn: 'error' });
  const { data, info } = await picture
    .rotate()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw cardFault('PHOTO_INVALID', { details: { channels: info.channels } });
  return { width: info.width, height: info.height, rgb: data };
}

function checkSides(width: number, height: number): void {
  const small = Math.min(width, height) < LEAST_SIDE;
  if (small || Math.max(width, height) > MOST_SIDE)
    throw cardFault('PHOTO_INVALID', { details: { width, height } });
}

function checkSize(image: RgbImage): RgbImage {
  checkSides(image.width, image.height);
  if (image.rgb.length !== image.width * image.height * 3) throw cardFault('PHOTO_INVALID');
  return image;
}
