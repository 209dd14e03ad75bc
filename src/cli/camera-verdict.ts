export interface PictureVerdict {
  readonly width: number;
  readonly height: number;
  /** Mean luma, 0..255. */
  readonly brightness: number;
  /** Standard deviation of the luma, 0..127. */
  readonly contrast: number;
  readonly verdict: 'good' | 'too dark' | 'too bright' | 'nothing on it' | 'damaged';
}

/** Wide bounds: they tell a covered lens and a lamp in the picture, not a face in bad light. */
const DARK = 40;
const BRIGHT = 215;
const FLAT = 8;
const MOST_PIXELS = 16_000_000;

/** What a technician wants to know of a picture: is there light, is there anything. */
export async function judgePicture(jpeg: Uint8Array): Promise<PictureVerdict> {
  const { default: sharp } = await import('sharp');
  try {
    const picture = sharp(jpeg, { limitInputPixels: MOST_PIXELS, failOn: 'error' });
    const { width, height } = await picture.metadata();
    const { channels } = await picture.greyscale().stats();
    const [luma] = channels;
    const brightness = Math.round(luma?.mean ?? 0);
    const contrast = Math.round(luma?.stdev ?? 0);
    return { width, height, brightness, contrast, verdict: verdictOf(brightness, contrast) };
  } catch {
    return { width: 0, height: 0, brightness: 0, contrast: 0, verdict: 'damaged' };
  }
}

function verdictOf(brightness: number, contrast: number): PictureVerdict['verdict'] {
  if (brightness < DARK) return 'too dark';
  if (brightness > BRIGHT) return 'too bright';
  return contrast < FLAT ? 'nothing on it' : 'good';
}
