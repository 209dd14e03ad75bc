import type { RgbImage } from '../../domain/image.js';

/** The part of a camera's picture that somebody would print or film: head and shoulders. */
const CUT = { x: 180, y: 20, width: 280, height: 380 } as const;

export function cutOut(picture: RgbImage): RgbImage {
  const { x, y, width, height } = CUT;
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const from = ((y + row) * picture.width + x) * 3;
    rgb.set(picture.rgb.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, rgb };
}

/** The oval of a face in a picture of somebody at ease. */
const OVAL = { x: 320, y: 236, rx: 84, ry: 112 } as const;

/** Lays the face of one picture over another of the same size, moved by whole pixels, its edge softened. */
export function pasteFace(from: RgbImage, onto: RgbImage, dx: number, dy: number): void {
  const { x: cx, y: cy, rx, ry } = OVAL;
  for (let row = cy - ry; row <= cy + ry; row += 1) {
    for (let column = cx - rx; column <= cx + rx; column += 1) {
      const far = Math.hypot((column - cx) / rx, (row - cy) / ry);
      const [x, y] = [column + dx, row + dy];
      if (far >= 1 || x < 0 || y < 0 || x >= onto.width || y >= onto.height) continue;
      const share = Math.min(1, (1 - far) * 8);
      const source = (row * from.width + column) * 3;
      const to = (y * onto.width + x) * 3;
      for (let part = 0; part < 3; part += 1) {
        onto.rgb[to + part] =
          (from.rgb[source + part] as number) * share + (onto.rgb[to + part] as number) * (1 - share);
      }
    }
  }
}

/** As an office printer gives it: on white paper with a border, flatter in contrast, with its screen of dots. */
export function onPaper(picture: RgbImage): RgbImage {
  const border = 22;
  const paper = framed(picture, border, [244, 243, 238]);
  const { width, rgb } = paper;
  for (let row = border; row < border + picture.height; row += 1) {
    for (let column = border; column < border + picture.width; column += 1) {
      const dots = 3 * Math.sin(column * 1.9 + row * 1.1) * Math.sin(row * 1.9 - column * 1.1);
      const at = (row * width + column) * 3;
      rgb[at] = Math.min(255, (rgb[at] as number) * 0.8 + 30 + dots);
      rgb[at + 1] = Math.min(255, (rgb[at + 1] as number) * 0.8 + 29 + dots);
      rgb[at + 2] = Math.min(255, (rgb[at + 2] as number) * 0.77 + 28 + dots);
    }
  }
  return paper;
}

/** As a telephone's screen gives it: within a dark bezel, bluish, with the beat of its pixels and a lamp's glare. */
export function onScreen(picture: RgbImage, ms: number): RgbImage {
  const bezel = 16;
  const screen = framed(picture, bezel, [18, 18, 20]);
  const { width, rgb } = screen;
  const phase = ms / 170;
  for (let row = bezel; row < bezel + picture.height; row += 1) {
    const beatRow = Math.sin(row * 0.37 + phase);
    for (let column = bezel; column < bezel + picture.width; column += 1) {
      const beat = 1.02 + 0.045 * Math.sin(column * 0.53 + row * 0.11) * beatRow;
      const across = column + 0.7 * row - 300;
      const glare = 46 * Math.exp(-((across / 60) ** 2));
      const at = (row * width + column) * 3;
      rgb[at] = Math.min(255, (rgb[at] as number) * 0.94 * beat + glare);
      rgb[at + 1] = Math.min(255, (rgb[at + 1] as number) * beat + glare);
      rgb[at + 2] = Math.min(255, (rgb[at + 2] as number) * 1.08 * (2.04 - beat) + 6 + glare);
    }
  }
  return screen;
}

function framed(picture: RgbImage, border: number, colour: readonly [number, number, number]): RgbImage {
  const width = picture.width + 2 * border;
  const height = picture.height + 2 * border;
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 3) rgb.set(colour, at);
  for (let row = 0; row < picture.height; row += 1) {
    const from = row * picture.width * 3;
    rgb.set(picture.rgb.subarray(from, from + picture.width * 3), ((row + border) * width + border) * 3);
  }
  return { width, height, rgb };
}
