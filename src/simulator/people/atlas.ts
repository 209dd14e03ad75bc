import sharp from 'sharp';
import { ATLAS, BODY_SHEET, EYE_STRIP, HEAD_SHEET, PATCHES } from './atlas-plan.js';
import type { HairDensity } from './bust-mesh.js';
import { drawCloth } from './cloth-drawing.js';
import { css, darken, mix } from './colour.js';
import { drawEyes } from './eye-drawing.js';
import { drawFace } from './face-drawing.js';
import { drawHair, hairOutline } from './hair-drawing.js';
import { FILTERS } from './layers.js';
import type { Looks, Wearable } from './looks.js';
import { drawMask } from './mask-drawing.js';
import { tonesOf } from './tones.js';

/** Openings of the lids that are drawn; between them the nearest is taken. */
const LID_STEPS = 6;

/** The picture that clothes a bust, and its eyes in every opening. */
export interface Atlas {
  readonly rgb: Uint8Array;
  /** Sets the lids: shares closed, 0 to 1, of the eye on the picture's left and on its right. */
  setLids(left: number, right: number): void;
  readonly hair: HairDensity;
}

interface Sheet {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

function svg(sheet: Sheet, content: string): Buffer {
  const { left, top, scale, width, height } = sheet;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="${left} ${top} ${width / scale} ${height / scale}">${FILTERS}${content}</svg>`,
  );
}

export async function drawAtlas(looks: Looks, seed: number, wears?: Wearable): Promise<Atlas> {
  const { skin, shade, hair } = tonesOf(looks);
  const ground = `<rect x="-20" y="-20" width="40" height="40" fill="${css(skin)}"/>`;
  const head = svg(
    HEAD_SHEET,
    ground + drawFace(looks, seed) + drawHair(looks, seed) + drawMask(looks, wears),
  );
  const frame = css(mix([28, 26, 30], [150, 120, 80], looks.glassesTone > 0.7 ? 0.7 : 0));
  const patches = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${ATLAS.width}" height="${PATCHES.height}">` +
      [css(mix(skin, shade, 0.06)), css(darken(hair, 0.1)), frame]
        .map(
          (fill, index) =>
            `<rect x="${index * PATCHES.width}" width="${PATCHES.width}" height="${PATCHES.height}" fill="${fill}"/>`,
        )
        .join('') +
      '</svg>',
  );
  const sheets = await Promise.all(
    [head, patches, svg(BODY_SHEET, drawCloth(looks, seed))].map((each) =>
      sharp(each).removeAlpha().raw().toBuffer(),
    ),
  );
  const rgb = new Uint8Array(Buffer.concat(sheets));
  const strips = await drawStrips(looks, rgb);
  return {
    rgb,
    hair: await hairDensity(looks),
    setLids(left, right) {
      pasteHalf(rgb, stripFor(strips, left), 0);
      pasteHalf(rgb, stripFor(strips, right), EYE_STRIP.width / 2);
    },
  };
}

function stripFor(strips: readonly Uint8Array[], closed: number): Uint8Array {
  const index = Math.round(Math.min(1, Math.max(0, closed)) * (LID_STEPS - 1));
  const strip = strips[index];
  if (strip === undefined) throw new RangeError(`there is no lid position ${closed}`);
  return strip;
}

/** The strip around the eyes for each opening: all drawn as one tall sheet, then laid over the bare face. */
async function drawStrips(looks: Looks, bare: Uint8Array): Promise<Uint8Array[]> {
  const { x, y, width, height } = EYE_STRIP;
  const { left, top, scale } = HEAD_SHEET;
  const sheet = { left: left + x / scale, top: top + y / scale, scale, width, height: height * LID_STEPS };
  const eyes = Array.from({ length: LID_STEPS }, (_, index) => {
    const drawn = drawEyes(looks, index / (LID_STEPS - 1), `eye${index}`);
    return `<g transform="translate(0,${(index * height) / scale})">${drawn}</g>`;
  });
  const rgba = await sharp(svg(sheet, eyes.join('')))
    .ensureAlpha()
    .raw()
    .toBuffer();
  return Array.from({ length: LID_STEPS }, (_, index) => {
    const strip = new Uint8Array(width * height * 3);
    for (let at = 0; at < width * height; at += 1) {
      const from = (index * width * height + at) * 4;
      const below = ((y + Math.floor(at / width)) * ATLAS.width + x + (at % width)) * 3;
      const opacity = (rgba[from + 3] ?? 0) / 255;
      for (let part = 0; part < 3; part += 1) {
        strip[at * 3 + part] = (rgba[from + part] ?? 0) * opacity + (bare[below + part] ?? 0) * (1 - opacity);
      }
    }
    return strip;
  });
}

function pasteHalf(rgb: Uint8Array, strip: Uint8Array, from: number): void {
  const { x, y, width, height } = EYE_STRIP;
  for (let row = 0; row < height; row += 1) {
    const source = (row * width + from) * 3;
    rgb.set(strip.subarray(source, source + (width / 2) * 3), ((y + row) * ATLAS.width + x + from) * 3);
  }
}

export async function hairDensity(looks: Looks): Promise<HairDensity> {
  const scale = 6;
  const width = 192;
  const height = 150;
  const sheet = { left: HEAD_SHEET.left, top: HEAD_SHEET.top, scale, width, height };
  const content = `<rect x="-20" y="-20" width="40" height="40" fill="#000"/><path d="${hairOutline(looks)}" fill="#fff" filter="url(#mist)"/>`;
  const grey = await sharp(svg(sheet, content)).greyscale().raw().toBuffer();
  return (flatX, y) => {
    const column = Math.min(width - 1, Math.max(0, Math.round((flatX - HEAD_SHEET.left) * scale)));
    const row = Math.min(height - 1, Math.max(0, Math.round((y - HEAD_SHEET.top) * scale)));
    return (grey[row * width + column] ?? 0) / 255;
  };
}
