import { createRequire } from 'node:module';
import type { Sharp } from 'sharp';
import { isCountersignError } from '../../domain/errors.js';
import type { RgbImage } from '../../domain/image.js';
import { faceFault } from '../errors.js';
import type { ImageInput } from '../port.js';
import { decodeBmp } from './bmp.js';
import { Picture } from './picture.js';
import { countScans, sniffFormat } from './sniff.js';

/** By `require`: as an ES module it takes twice as long to load, which every start of the thread would wait for. */
const sharp = createRequire(import.meta.url)('sharp') as typeof import('sharp').default;

/** libvips keeps nothing between pictures, and one thread of its own is enough for pictures of this size. */
sharp.cache(false);
sharp.concurrency(1);

export interface DecodeLimits {
  /** The header may announce at most so many pixels. */
  readonly mostPixels: number;
  /** Pictures with a longer side are made smaller while they are decoded, where `shrinks` says so. */
  readonly mostSide: number;
  readonly shrinks: boolean;
  /** A decoder that takes longer is given up; whole seconds. */
  readonly mostSeconds: number;
}

/** A camera's frame, or a card's photo. */
export const SMALL: DecodeLimits = { mostPixels: 8_400_000, mostSide: 3840, shrinks: false, mostSeconds: 2 };
/** Any photograph: up to that of a 108 MP telephone. */
export const ANY: DecodeLimits = { mostPixels: 110_000_000, mostSide: 1920, shrinks: true, mostSeconds: 2 };
/**
 * The same where nobody waits for the answer: a progressive photograph of 80 MP takes more than two seconds on a busy
 * machine, and whether an evaluation counts it as a failure must not hang on how busy that is.
 */
export const UNHURRIED: DecodeLimits = { ...ANY, mostSeconds: 30 };

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_SCANS = 64;
const LEAST_SIDE = 16;

/**
 * Opens a picture: upright (EXIF), sRGB, 8 bits, no alpha.
 *
 * @throws FACE_IMAGE_UNUSABLE for whatever is no picture, is damaged, or is beyond the limits
 */
export async function decodePicture(input: ImageInput, limits: DecodeLimits): Promise<Picture> {
  try {
    return 'encoded' in input ? await decodeEncoded(input.encoded, limits) : takePixels(input, limits);
  } catch (cause) {
    if (isCountersignError(cause)) throw cause;
    throw unusable(problemOf(cause), cause);
  }
}

function takePixels({ width, height, rgb }: RgbImage, { mostPixels }: DecodeLimits): Picture {
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!whole || Math.min(width, height) < LEAST_SIDE || width * height > mostPixels) throw unusable('size');
  if (rgb.length !== width * height * 3) throw unusable('length');
  return new Picture({ width, height, rgb: Uint8Array.from(rgb) });
}

async function decodeEncoded(bytes: Uint8Array, limits: DecodeLimits): Promise<Picture> {
  const format = sniffFormat(bytes);
  if (format === undefined) throw unusable(bytes.length === 0 ? 'empty' : 'format');
  if (bytes.length > MOST_BYTES) throw unusable('bytes');
  if (format === 'bmp') return new Picture(decodeBmp(bytes, limits.mostPixels));
  if (format === 'jpeg' && countScans(bytes, MOST_SCANS) >= MOST_SCANS) throw unusable('scans');
  return withinTime(decodeBySharp(bytes, limits), limits.mostSeconds);
}

async function decodeBySharp(bytes: Uint8Array, limits: DecodeLimits): Promise<Picture> {
  const { mostPixels, mostSide, shrinks, mostSeconds } = limits;
  const file = sharp(bytes, {
    limitInputPixels: mostPixels,
    // Damaged or cut short is refused; a camera's stray bytes between two markers are not.
    failOn: 'error',
    sequentialRead: true,
    pages: 1,
  });
  let upright = file.timeout({ seconds: mostSeconds }).autoOrient();
  // A frame is taken as it is: looking at its header first would cost it a third of its decoding.
  const original = shrinks ? await headerOf(file, mostPixels) : undefined;
  if (original !== undefined && Math.max(original.width, original.height) > mostSide) {
    upright = upright.resize({
      width: mostSide,
      height: mostSide,
      fit: 'inside',
      fastShrinkOnLoad: true,
    });
  }
  const { data, info } = await upright
    .flatten({ background: '#808080' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const rgb = info.channels === 3 ? data : spread(data, info.channels);
  const { width, height } = info;
  if (Math.min(width, height) < LEAST_SIDE) throw unusable('size');
  return new Picture({ width, height, rgb }, original ?? { width, height });
}

/** Size of the upright picture. */
async function headerOf(file: Sharp, mostPixels: number): Promise<{ width: number; height: number }> {
  const { autoOrient, pages } = await file.metadata();
  const { width, height } = autoOrient;
  if (Math.min(width, height) < LEAST_SIDE || width * height > mostPixels) throw unusable('size');
  if ((pages ?? 1) > 1) throw unusable('animation');
  return { width, height };
}

/** Grey becomes RGB. */
function spread(data: Uint8Array, channels: number): Uint8Array {
  if (channels !== 1) throw unusable('channels');
  const rgb = new Uint8Array(data.length * 3);
  for (let from = 0, to = 0; from < data.length; from++) {
    const value = data[from] as number;
    rgb[to++] = value;
    rgb[to++] = value;
    rgb[to++] = value;
  }
  data.fill(0);
  return rgb;
}

/** A decoder that does not come back in time is left to end by itself; its answer is wiped. */
async function withinTime(decoding: Promise<Picture>, mostSeconds: number): Promise<Picture> {
  let timer: NodeJS.Timeout | undefined;
  let late = false;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(unusable('time'));
    }, mostSeconds * 1000);
  });
  decoding.then(
    (picture) => late && picture.wipe(),
    () => {},
  );
  try {
    return await Promise.race([decoding, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function unusable(problem: string, cause?: unknown) {
  return faceFault('IMAGE_UNUSABLE', { cause, details: { problem } });
}

/** Libvips' own words, cut to one harmless line. */
function problemOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split('\n')[0] ?? '').replace(/[^\w .,:;()/-]/g, '').slice(0, 80);
}
