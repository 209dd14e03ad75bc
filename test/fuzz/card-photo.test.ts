import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePicture } from '#built/card/photo.js';
import { isCountersignError } from '#built/domain/errors.js';
import { bmp } from '../unit/card/pictures.js';
import { FUZZ_COUNT, FUZZ_SEED, mutate, seeded } from './card-random.js';

const PICTURES = Math.max(500, Math.floor(FUZZ_COUNT / 40));

describe('pictures of a decoder gone mad', () => {
  test(`${PICTURES} files: pixels of a size that makes sense, or CARD_PHOTO_INVALID`, {
    timeout: 120_000 + PICTURES * 10,
  }, async () => {
    const random = seeded(FUZZ_SEED + 3);
    const jpeg = await sharp({ create: { width: 102, height: 126, channels: 3, background: '#806040' } })
      .jpeg()
      .toBuffer();
    const files = [bmp(102, 126), new Uint8Array(jpeg)];
    let opened = 0;
    for (let count = 0; count < PICTURES; count += 1) {
      try {
        const { width, height, rgb } = await decodePicture(mutate(files[random(2)] ?? jpeg, random));
        if (rgb.length !== width * height * 3) expect.fail(`case ${count}: pixels are missing`);
        opened += 1;
      } catch (error) {
        if (!isCountersignError(error) || error.code !== 'CARD_PHOTO_INVALID') throw error;
      }
    }
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThan(PICTURES);
  });
});
