import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaceComparer, FaceSession } from '#built/face/port.js';
import { findPerson } from '#built/simulator/people/cast.js';
import { renderPerson } from '#built/simulator/people/render-person.js';
import { openTestFace } from './face-video.js';

/** A JPEG segment: marker, length, body. */
function segment(marker: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
}

/** The start-of-frame of a JPEG says another size. */
function withSize(jpeg: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(jpeg);
  for (let i = 2; i < copy.length; i++) {
    if (copy[i] !== 0xff || ![0xc0, 0xc2].includes(copy[i + 1] ?? 0)) continue;
    copy.writeUInt16BE(height, i + 5);
    copy.writeUInt16BE(width, i + 7);
    return copy;
  }
  throw new Error('no frame header');
}

function pngChunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length, 0);
  head.write(type, 4, 'latin1');
  // The checksum is wrong on purpose: a decoder has to stop before it trusts a size.
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

function bombPng(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(60_000, 0);
  header.writeUInt32BE(60_000, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    magic,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
  ]);
}

describe('hostile and unusual pictures', () => {
  let face: FaceComparer;
  let session: FaceSession;
  let plain: Buffer;
  let progressive: Buffer;

  beforeAll(async () => {
    face = await openTestFace();
    session = await face.begin({
      targetFmr: 0.001,
      liveness: 'off',
      challenges: [],
      probeFrom: 'photograph',
    });
    const { width, height, rgb } = await renderPerson(findPerson('lin'));
    const raw = sharp(rgb, { raw: { width, height, channels: 3 } });
    plain = await raw.clone().jpeg({ quality: 90 }).toBuffer();
    progressive = await raw.clone().jpeg({ progressive: true }).toBuffer();
  });
  afterAll(async () => {
    await session.end();
    await face.close();
  });

  const look = (encoded: Uint8Array) => session.reference({ encoded: Uint8Array.from(encoded) }, 'any');

  const hostile: readonly [string, () => Uint8Array][] = [
    ['nothing', () => new Uint8Array(0)],
    ['one byte', () => Uint8Array.of(0xff)],
    ['text', () => Buffer.from('this is no picture\n'.repeat(50))],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a JPEG cut in half', () => plain.subarray(0, plain.length >> 1)],
    ['a JPEG of its header alone', () => plain.subarray(0, 200)],
    ['a JPEG that claims 65,500 pixels square', () => withSize(plain, 65_500, 65_500)],
    ['a JPEG that claims no height', () => withSize(plain, 640, 0)],
    ['a PNG of 60,000 pixels square', bombPng],
    [
      'a JPEG of 3,000 scans',
      () => {
        const scan = segment(0xda, Uint8Array.of(1, 1, 0, 0, 0, 0));
        return Buffer.concat([
          progressive.subarray(0, -2),
          ...Array<Buffer>(3000).fill(scan),
          Uint8Array.of(0xff, 0xd9),
        ]);
      },
    ],
    [
      'a BMP that claims more than it holds',
      () => {
        const bmp = Buffer.alloc(200);
        bmp.write('BM', 'latin1');
        bmp.writeInt32LE(20_000, 18);
        bmp.writeInt32LE(20_000, 22);
        bmp.writeUInt16LE(24, 28);
        return bmp;
      },
    ],
    ['a WebP header and nothing more', () => Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
    ['a GIF that goes on as a JPEG', () => Buffer.concat([Buffer.from('GIF89a'), plain])],
  ];

  it.each(hostile)('refuses %s with a typed error', async (_name, make) => {
    await expect(look(make())).rejects.toMatchObject({ code: 'FACE_IMAGE_UNUSABLE', cure: 'operator' });
  });

  it.each([
    ['CMYK', () => sharp(plain).toColourspace('cmyk').jpeg().toBuffer()],
    ['grey', () => sharp(plain).greyscale().jpeg().toBuffer()],
    ['16 bits a channel', () => sharp(plain).toColourspace('rgb16').png().toBuffer()],
    ['with transparency', () => sharp(plain).ensureAlpha(0.9).webp().toBuffer()],
    [
      'lying on its side, as EXIF tells',
      () => sharp(plain).rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    ],
    ['progressive', () => Promise.resolve(progressive)],
  ] as const)('sees the face in a picture that is %s', async (_name, make) => {
    const seen = await look(await make());
    expect(seen).toMatchObject({ faces: 1, guidance: [], imageWidth: 640, imageHeight: 480 });
    expect(seen.quality?.interEyeDistance).toBeGreaterThan(70);
  });

  it('takes pixels as they are, and none of the wrong length', async () => {
    const { width, height, rgb } = await renderPerson(findPerson('lin'));
    const sent = Uint8Array.from(rgb);
    expect((await session.reference({ width, height, rgb: sent }, 'any')).faces).toBe(1);
    expect(Buffer.compare(sent, rgb)).toBe(0);
    await expect(session.reference({ width, height: height + 1, rgb }, 'any')).rejects.toMatchObject({
      code: 'FACE_IMAGE_UNUSABLE',
    });
  });

  it('goes on with the same thread afterwards', async () => {
    expect(await face.check()).toMatchObject({ ok: true });
    expect((await look(plain)).faces).toBe(1);
  });
});
