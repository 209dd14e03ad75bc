import { rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { PhotoDecoder } from '../card/port.js';
import type { CardPhoto } from '../domain/card.js';

const PICTURES: Readonly<Record<string, 'png' | 'jpeg'>> = { '.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg' };

/** May a photo be written under this name? Told before anybody is asked to place a card. */
export function isPhotoFile(file: string): boolean {
  return extname(file) === '.wlt' || PICTURES[extname(file)] !== undefined;
}

/** Writes the photo for its owner's eyes only: as the card holds it, or decoded. */
export async function writePhotoFile(
  photo: CardPhoto,
  file: string,
  decoder: PhotoDecoder,
  signal: AbortSignal,
): Promise<void> {
  const kind = PICTURES[extname(file)];
  const bytes = kind === undefined ? photo.bytes : await toPicture(photo, kind, decoder, signal);
  // A file that is there already may be open to others: a new one takes its place.
  await rm(file, { force: true });
  await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
  bytes.fill(0);
}

async function toPicture(
  photo: CardPhoto,
  kind: 'png' | 'jpeg',
  decoder: PhotoDecoder,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { width, height, rgb } = await decoder.decode(photo, signal);
  const { default: sharp } = await import('sharp');
  const bytes = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .toFormat(kind)
    .toBuffer();
  rgb.fill(0);
  return bytes;
}
