import sharp from 'sharp';
import type { RgbImage } from '../../domain/image.js';
import { STUDIO_LIGHT } from './light.js';
import type { Person } from './looks.js';
import { AT_EASE } from './pose.js';
import { Rasterizer } from './rasterizer.js';
import { drawBust, sculpt } from './render-person.js';
import type { Scene } from './scene.js';

const CARD = { width: 102, height: 126 } as const;
/** Drawn larger and made smaller, as the photographer's picture is. */
const TIMES = 3;
/** Eyes about 28 pixels apart, from above the hair to the shoulders. */
const VIEW = { scale: 4.45 * TIMES, x: 51 * TIMES, y: 62 * TIMES };
/** Light and even: what the card's kilobyte need not spend bytes on. */
const PAPER = [238, 240, 243] as const;
const SCENE: Scene = { background: 'plain', light: STUDIO_LIGHT, noise: 0 };

/** The photo on a person's ID card, 102x126 pixels: from the front, eyes open, a light background, no noise. */
export async function renderCardPhoto(person: Person): Promise<RgbImage> {
  const width = CARD.width * TIMES;
  const height = CARD.height * TIMES;
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 3) rgb.set(PAPER, at);
  drawBust(new Rasterizer(width, height), await sculpt(person), AT_EASE, VIEW, SCENE, rgb);
  const small = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(CARD.width, CARD.height, { kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { ...CARD, rgb: new Uint8Array(small) };
}
