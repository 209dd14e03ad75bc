import type { RgbImage } from '../domain/image.js';

/**
 * A container of Countersign's own that stands in for the WLT photo of a card, whose codec is not public: the size
 * and the first eight bytes are those of real cards, the rest is a WebP of 102x126 pixels. Only the simulated
 * decoder opens it; no vendor's decoder will.
 */
const PHOTO_BYTES = 1024;
const MAGIC = Uint8Array.of(0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00);
const WIDTH = 102;
const HEIGHT = 126;

/** Detail to keep, from all of it down to a third: a busy picture is made smaller before it is made ugly. */
const SCALES = [1, 0.8, 0.6, 0.45, 0.33, 0.2];
const LEAST_GOOD_QUALITY = 12;

/** Squeezes a picture (raw pixels, or a file in any usual format) into the 1,024 bytes of a simulated card photo. */
export async function encodeSimulatedWlt(picture: RgbImage | Uint8Array): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const source =
    picture instanceof Uint8Array
      ? sharp(picture).rotate()
      : sharp(picture.rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } });
  const pixels = await source.removeAlpha().resize(WIDTH, HEIGHT, { fit: 'cover' }).png().toBuffer();
  const room = PHOTO_BYTES - MAGIC.length;
  for (const scale of SCALES) {
    const small = await sharp(pixels)
      .resize(Math.round(WIDTH * scale), Math.round(HEIGHT * scale), { fit: 'fill' })
      .png()
      .toBuffer();
    const last = scale === SCALES.at(-1);
    const squeezed = await squeeze(
      (quality) => sharp(small).webp({ quality, effort: 6, preset: 'photo' }).toBuffer(),
      room,
      last ? 1 : LEAST_GOOD_QUALITY,
    );
    if (squeezed !== undefined) return pack(squeezed);
  }
  throw new RangeError('the picture cannot be squeezed into a card photo');
}

/** The best quality that fits, by halving; undefined where even the least does not. */
async function squeeze(
  encode: (quality: number) => Promise<Buffer>,
  room: number,
  least: number,
): Promise<Buffer | undefined> {
  let best: Buffer | undefined;
  let low = least;
  let high = 100;
  while (low <= high) {
    const quality = Math.floor((low + high) / 2);
    const tried = await encode(quality);
    if (tried.length <= room) {
      best = tried;
      low = quality + 1;
    } else {
      high = quality - 1;
    }
  }
  return best;
}

function pack(webp: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PHOTO_BYTES);
  bytes.set(MAGIC, 0);
  bytes.set(webp, MAGIC.length);
  return bytes;
}

/** Is this 1,024 bytes that begin as every card photo does? */
export function hasWltMagic(bytes: Uint8Array): boolean {
  return bytes.length === PHOTO_BYTES && MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Opens what `encodeSimulatedWlt` made: 102x126 pixels. */
export async function decodeSimulatedWlt(bytes: Uint8Array): Promise<RgbImage> {
  if (!hasWltMagic(bytes)) throw new RangeError('not 1,024 bytes that begin as a card photo does');
  const webp = bytes.subarray(MAGIC.length);
  if (Buffer.from(webp.subarray(0, 4)).toString('latin1') !== 'RIFF') {
    throw new RangeError('a photo of a real card: only its vendor’s decoder can open it');
  }
  const { default: sharp } = await import('sharp');
  const length = new DataView(webp.buffer, webp.byteOffset).getUint32(4, true) + 8;
  const { data } = await sharp(webp.subarray(0, length))
    .resize(WIDTH, HEIGHT, { fit: 'fill', kernel: 'cubic' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: WIDTH, height: HEIGHT, rgb: data };
}
