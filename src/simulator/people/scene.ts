import sharp from 'sharp';
import type { RgbImage } from '../../domain/image.js';
import { type Light, SHOP_LIGHT } from './light.js';

export const BACKGROUNDS = ['shop', 'wall', 'window', 'plain'] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** What is around the person. */
export interface Scene {
  readonly background: Background;
  readonly light: Light;
  /** Deviation of the sensor's noise, grey levels. */
  readonly noise: number;
}

export const SHOP: Scene = { background: 'shop', light: SHOP_LIGHT, noise: 2.2 };

const DRAWN: Readonly<Record<Background, string>> = {
  shop: `<defs><linearGradient id="w" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#d9dcd6"/><stop offset="1" stop-color="#a9b0b0"/></linearGradient>
    <filter id="f" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="7"/></filter></defs>
    <rect width="640" height="480" fill="url(#w)"/><g filter="url(#f)">
    <rect x="-20" y="-20" width="680" height="46" fill="#eef1ef"/><rect x="36" y="70" width="170" height="300" fill="#8d9a9c"/>
    <rect x="46" y="84" width="150" height="58" fill="#c9cdc4"/><rect x="46" y="156" width="150" height="58" fill="#bfc6c2"/><rect x="46" y="228" width="150" height="58" fill="#b4bdbb"/>
    <rect x="58" y="100" width="20" height="42" fill="#5b7f9c"/><rect x="88" y="96" width="18" height="46" fill="#b0645a"/><rect x="120" y="104" width="24" height="38" fill="#40566a"/><rect x="158" y="98" width="20" height="44" fill="#c7a75c"/>
    <rect x="60" y="172" width="26" height="42" fill="#4b6b61"/><rect x="104" y="170" width="18" height="44" fill="#8a94a8"/><rect x="146" y="174" width="30" height="40" fill="#6f5f74"/>
    <rect x="450" y="60" width="160" height="120" fill="#2f5d86"/><rect x="462" y="74" width="90" height="14" fill="#e8edf0"/><rect x="462" y="100" width="120" height="10" fill="#9fbdd4"/><rect x="462" y="120" width="100" height="10" fill="#9fbdd4"/>
    <rect x="430" y="330" width="240" height="180" fill="#7a6a58"/><rect x="430" y="318" width="240" height="18" fill="#97836a"/></g>`,
  wall: `<defs><radialGradient id="w" cx="0.4" cy="0.3" r="0.9"><stop offset="0" stop-color="#dcd8cf"/><stop offset="1" stop-color="#9f9b92"/></radialGradient></defs><rect width="640" height="480" fill="url(#w)"/>`,
  window: `<defs><filter id="f" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="9"/></filter></defs>
    <rect width="640" height="480" fill="#b9b2a6"/><g filter="url(#f)"><rect x="380" y="20" width="230" height="300" fill="#e9f2f8"/><rect x="488" y="20" width="12" height="300" fill="#8f8a80"/>
    <rect x="380" y="220" width="230" height="100" fill="#b6cdb0"/><rect x="40" y="150" width="120" height="260" fill="#8b7f70"/></g>`,
  plain: '<rect width="640" height="480" fill="#e9eef2"/>',
};

const drawn = new Map<string, RgbImage>();

/** The empty room, lit; the same picture object for the same scene. */
export async function drawBackground(scene: Scene): Promise<RgbImage> {
  const key = `${scene.background} ${scene.light.brightness} ${scene.light.warmth}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  const { brightness, warmth } = scene.light;
  const content = DRAWN[scene.background];
  const rgb = await sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">${content}</svg>`),
  )
    .removeAlpha()
    .linear([brightness * (1 + 0.06 * warmth), brightness, brightness * (1 - 0.08 * warmth)], [0, 0, 0])
    .raw()
    .toBuffer();
  const picture = { width: 640, height: 480, rgb: new Uint8Array(rgb) };
  if (drawn.size >= 16) drawn.clear();
  drawn.set(key, picture);
  return picture;
}
