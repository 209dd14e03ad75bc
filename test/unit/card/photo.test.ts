import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createImageDecoder } from '#built/card/image-decoder-driver.js';
import { createNoDecoder } from '#built/card/no-decoder-driver.js';
import { decodePicture, looksLikeWlt, sniffPicture } from '#built/card/photo.js';
import { bmp } from './pictures.js';
import { emptyPhoto, hex } from './specimens.js';

const signal = new AbortController().signal;

describe('pictures of a card', () => {
  test('a BMP as vendors write it comes out upright and in red, green, blue', async () => {
    const { width, height, rgb } = await decodePicture(bmp(102, 126));
    expect([width, height]).toEqual([102, 126]);
    expect([...rgb.subarray(0, 3)]).toEqual([0, 0, 7]);
    expect([...rgb.subarray(3, 6)]).toEqual([1, 0, 7]);
    expect([...rgb.subarray(-3)]).toEqual([101, 125, 7]);
  });

  test('a JPEG is decoded, a grey one to three channels, too', async () => {
    for (const colourspace of ['srgb', 'b-w'] as const) {
      const jpeg = await sharp({ create: { width: 102, height: 126, channels: 3, background: '#808080' } })
        .toColourspace(colourspace)
        .jpeg()
        .toBuffer();
      const image = await decodePicture(jpeg);
      expect(image.rgb).toHaveLength(102 * 126 * 3);
      expect(Math.abs((image.rgb[0] ?? 0) - 0x80)).toBeLessThan(4);
    }
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['a text', Buffer.from('no picture at all')],
    ['a BMP without pixels', bmp(102, 126).subarray(0, 60)],
    ['a BMP without a header', bmp(102, 126).subarray(0, 10)],
    ['a picture that is too small', bmp(20, 20)],
    ['a BMP that claims to be huge', huge()],
    ['half a JPEG', hex('FF D8 FF E0 00 10 4A 46')],
  ])('%s is refused with a name', async (_name, bytes) => {
    await expect(decodePicture(bytes)).rejects.toMatchObject({ code: 'CARD_PHOTO_INVALID' });
  });

  test('files are told by their first bytes', () => {
    expect(sniffPicture(hex('FF D8 FF'))).toBe('jpeg');
    expect(sniffPicture(hex('42 4D'))).toBe('bmp');
    expect(sniffPicture(hex('00 00 00 0C 6A 50 20 20'))).toBe('jp2');
    expect(sniffPicture(emptyPhoto())).toBeUndefined();
    expect(looksLikeWlt(emptyPhoto())).toBe(true);
    expect(looksLikeWlt(emptyPhoto().subarray(1))).toBe(false);
    expect(looksLikeWlt(new Uint8Array(1024))).toBe(false);
  });
});

describe('decoders without a vendor', () => {
  test('without a decoder a photo is refused, and the advice says how to get one', async () => {
    const decoder = createNoDecoder();
    await expect(decoder.decode({ kind: 'wlt', bytes: emptyPhoto() }, signal)).rejects.toMatchObject({
      code: 'CARD_PHOTO_NO_DECODER',
    });
    const check = await decoder.check();
    expect(check.ok).toBe(false);
    expect(check.advice).toContain('photoDecoder.command');
  });

  test('the image decoder opens pictures and refuses WLT', async () => {
    const decoder = createImageDecoder();
    expect((await decoder.decode({ kind: 'bmp', bytes: bmp(102, 126) }, signal)).width).toBe(102);
    await expect(decoder.decode({ kind: 'wlt', bytes: emptyPhoto() }, signal)).rejects.toMatchObject({
      code: 'CARD_PHOTO_NO_DECODER',
    });
    await expect(
      decoder.decode({ kind: 'bmp', bytes: bmp(102, 126) }, AbortSignal.abort()),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect((await decoder.check()).ok).toBe(true);
  });
});

function huge(): Uint8Array {
  const file = Buffer.from(bmp(102, 126));
  file.writeInt32LE(60_000, 18);
  file.writeInt32LE(60_000, 22);
  return file;
}
