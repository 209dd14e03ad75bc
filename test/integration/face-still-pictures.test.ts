import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '#built/domain/image.js';
import { findAny, findOnCard } from '#built/face/find/find-face.js';
import { fivePoints } from '#built/face/find/landmarks.js';
import { loadNetworks, type Networks } from '#built/face/networks.js';
import { openEngine } from '#built/face/onnx-driver.js';
import { ANY, decodePicture } from '#built/face/pixels/decode.js';
import { findPerson } from '#built/simulator/people/cast.js';
import { renderPerson } from '#built/simulator/people/render-person.js';

const MODELS = new URL('../../models', import.meta.url).pathname;
const PEOPLE = ['lin', 'wei', 'bai'];

/** Side of the piece, in distances of the eyes, and size of the picture made of it. */
const CROPS = {
  'aligned to 112x112': { side: 3.18, down: 0.57, size: 112 },
  'cut out with a margin, 250x250': { side: 5.4, down: 0.3, size: 250 },
  'cut out tightly, 224x224': { side: 2.9, down: 0.5, size: 224 },
} as const;

const DAMAGES = {
  none: (picture: Sharp) => picture.jpeg({ quality: 92 }),
  grey: (picture: Sharp) => picture.greyscale().jpeg({ quality: 92 }),
  dark: (picture: Sharp) => picture.linear(0.3, 0).jpeg({ quality: 90 }),
  'hardly any light': (picture: Sharp) => picture.linear(0.1, 0).jpeg({ quality: 90 }),
  'hardly any contrast': (picture: Sharp) => picture.linear(0.12, 110).jpeg({ quality: 90 }),
  blurred: (picture: Sharp) => picture.blur(2).jpeg({ quality: 90 }),
  'hardly any bytes': (picture: Sharp) => picture.webp({ quality: 20 }),
} as const;

describe('the face of a still picture', () => {
  let networks: Networks;
  const people = new Map<string, { image: RgbImage; eyes: { x: number; y: number; apart: number } }>();

  beforeAll(async () => {
    networks = await loadNetworks(await openEngine({ threads: 1 }), { modelsDirectory: MODELS, active: {} });
    for (const id of PEOPLE) {
      const image = await renderPerson(findPerson(id), { roll: 4 });
      const { landmarks = [] } = await find(fileOf(image).png());
      const [left, right] = fivePoints(landmarks) as [{ x: number; y: number }, { x: number; y: number }];
      const apart = Math.hypot(left.x - right.x, left.y - right.y);
      people.set(id, { image, eyes: { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2, apart } });
    }
  }, 60_000);
  afterAll(() => networks.release());

  const fileOf = ({ width, height, rgb }: RgbImage) => sharp(rgb, { raw: { width, height, channels: 3 } });

  async function find(picture: Sharp, by = findAny) {
    return by(networks, await decodePicture({ encoded: await picture.toBuffer() }, ANY));
  }

  async function cropOf(id: string, { side, down, size }: (typeof CROPS)[keyof typeof CROPS]) {
    const { image, eyes } = people.get(id) as NonNullable<ReturnType<typeof people.get>>;
    const length = Math.round(side * eyes.apart);
    const room = length;
    const wide = await fileOf(image)
      .extend({ top: room, bottom: room, left: room, right: room, extendWith: 'copy' })
      .toBuffer({ resolveWithObject: true });
    const left = Math.round(room + eyes.x - length / 2);
    const top = Math.round(room + eyes.y + down * eyes.apart - length / 2);
    const piece = await sharp(wide.data, { raw: wide.info })
      .extract({ left, top, width: length, height: length })
      .png()
      .toBuffer();
    return sharp(await sharp(piece).resize(size, size).png().toBuffer());
  }

  it.each(
    Object.entries(CROPS).flatMap(([name, crop]) =>
      Object.entries(DAMAGES).map(([damage, make]) => ({ name, damage, crop, make })),
    ),
  )('is found where it is: $name, $damage', async ({ crop, make }) => {
    for (const id of PEOPLE) {
      const { faces, landmarks = [] } = await find(make(await cropOf(id, crop)));
      expect(faces, id).toBe(1);
      const apart = crop.size / crop.side;
      const [left, right] = fivePoints(landmarks) as [{ x: number; y: number }, { x: number; y: number }];
      const offX = (left.x + right.x) / 2 - crop.size / 2;
      const offY = (left.y + right.y) / 2 - (crop.size / 2 - crop.down * apart);
      expect(Math.hypot(offX, offY) / apart, id).toBeLessThan(0.12);
    }
  });

  it('is not seen in what shows no face', async () => {
    const textures = Array.from({ length: 12 }, (_, i) => stripes(112 + 23 * i, i + 2));
    for (const texture of textures) {
      for (const by of [findAny, findOnCard]) expect((await find(texture, by)).faces).toBe(0);
    }
  });
});

/** Folds, edges and round things, as clothes and rooms have. */
function stripes(side: number, seed: number): Sharp {
  const rgb = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % side;
    const y = Math.floor(i / 3 / side);
    const fold = Math.sin((x * seed) / 17 + y / 9) + Math.cos(y / (seed + 5) - x / 31);
    const round = Math.hypot(x - side * 0.4, y - side * 0.6) < side * 0.2 ? 50 : 0;
    return 110 + 40 * fold + round - 12 * (i % 3);
  });
  return sharp(rgb, { raw: { width: side, height: side, channels: 3 } }).png();
}
