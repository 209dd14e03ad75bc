import type { RgbImage } from '../../domain/image.js';

/** Of the pixels, so many may lie beyond either end: specks are not what a picture's contrast is. */
const BEYOND = 0.01;
/** From this distance of the ends on a picture has contrast enough. */
const ENOUGH = 128;

/** The picture with its brightness drawn out over the whole scale; undefined where it has contrast enough, or none. */
export function stretchContrast({ width, height, rgb }: RgbImage): RgbImage | undefined {
  const [low, high] = endsOf(rgb);
  if (high - low >= ENOUGH || high <= low) return undefined;
  const drawnOut = Uint8ClampedArray.from(
    { length: 256 },
    (_, value) => ((value - low) * 255) / (high - low),
  );
  const clearer = new Uint8Array(rgb.length);
  for (let at = 0; at < rgb.length; at++) clearer[at] = drawnOut[rgb[at] as number] as number;
  return { width, height, rgb: clearer };
}

function endsOf(rgb: Uint8Array): [low: number, high: number] {
  const counts = new Uint32Array(256);
  for (let at = 0; at < rgb.length; at += 3) {
    const luma = 77 * (rgb[at] as number) + 150 * (rgb[at + 1] as number) + 29 * (rgb[at + 2] as number);
    counts[luma >> 8] = (counts[luma >> 8] as number) + 1;
  }
  const beyond = (rgb.length / 3) * BEYOND;
  const end = (from: number, step: number): number => {
    let value = from;
    for (let passed = counts[value] as number; passed <= beyond; passed += counts[value] as number)
      value += step;
    return value;
  };
  return [end(0, 1), end(255, -1)];
}
