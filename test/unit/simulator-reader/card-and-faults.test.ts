import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeSimulatedWlt, encodeSimulatedWlt } from '#built/simulator/photo-codec.js';
import { loadCardFile, toCard } from '#built/simulator/reader/card-file.js';
import { FaultScript, faultFileSchema, loadFaultFile } from '#built/simulator/reader/faults.js';
import { emptyPhoto, RESIDENT } from '../card/specimens.js';

/** A picture as busy as any: random noise. */
async function noise(width: number, height: number): Promise<Buffer> {
  const gaussian = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#000', noise: gaussian } })
    .png()
    .toBuffer();
}

describe('a card file', () => {
  test('holds the fields, and a photo in base64, beside it, or none', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'card-file-'));
    const jpeg = await sharp({ create: { width: 102, height: 126, channels: 3, background: '#a08060' } })
      .jpeg()
      .toBuffer();
    await writeFile(join(directory, 'photo.jpg'), jpeg);
    await writeFile(
      join(directory, 'card.json'),
      JSON.stringify({ fields: RESIDENT, photo: { path: 'photo.jpg' } }),
    );
    const beside = await loadCardFile(join(directory, 'card.json'));
    expect(beside.fields).toEqual(RESIDENT);
    expect(beside.photo).toHaveLength(1024);
    const inside = await toCard({ fields: RESIDENT, photo: jpeg.toString('base64') }, '/');
    expect(inside.photo).toEqual(beside.photo);
    expect((await toCard({ fields: RESIDENT }, '/')).photo).toEqual(emptyPhoto());
    await rm(directory, { recursive: true });
  });

  test('with WLT inside hands it on as it is', async () => {
    const photo = Buffer.from(emptyPhoto()).toString('base64');
    expect(new Uint8Array((await toCard({ fields: RESIDENT, photo }, '/')).photo)).toEqual(emptyPhoto());
  });

  test('that says what there is not is refused', async () => {
    await expect(toCard({ fields: { ...RESIDENT, kind: 'passport' } }, '/')).rejects.toThrow();
    await expect(toCard({ fields: RESIDENT, more: 1 }, '/')).rejects.toThrow();
  });
});

describe('the simulated photo', () => {
  test('begins as every card photo does, is 1,024 bytes, and comes back as nearly the same picture', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="102" height="126"><rect width="102" height="126" fill="#fff"/>' +
        '<ellipse cx="51" cy="60" rx="26" ry="34" fill="#d8a080"/><circle cx="41" cy="54" r="4"/><circle cx="61" cy="54" r="4"/></svg>',
    );
    const bytes = await encodeSimulatedWlt(svg);
    expect(bytes).toHaveLength(1024);
    expect([...bytes.subarray(0, 8)]).toEqual([0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00]);
    const { rgb } = await decodeSimulatedWlt(bytes);
    const original = await sharp(svg).removeAlpha().raw().toBuffer();
    const distance =
      original.reduce((sum, value, index) => sum + Math.abs(value - (rgb[index] ?? 0)), 0) / rgb.length;
    expect(distance).toBeLessThan(6);
  });

  test('any picture fits, the busiest and the smallest, too', async () => {
    for (const picture of [await noise(102, 126), await noise(600, 800), await noise(8, 8)]) {
      const image = await decodeSimulatedWlt(await encodeSimulatedWlt(picture));
      expect(image.rgb).toHaveLength(102 * 126 * 3);
    }
    const raw = { width: 10, height: 12, rgb: new Uint8Array(360).fill(99) };
    expect((await decodeSimulatedWlt(await encodeSimulatedWlt(raw))).width).toBe(102);
  });

  test('what it did not make it does not open', async () => {
    await expect(decodeSimulatedWlt(emptyPhoto())).rejects.toThrow(/vendor/);
    await expect(decodeSimulatedWlt(new Uint8Array(1024))).rejects.toThrow(RangeError);
  });
});

describe('a fault script', () => {
  const parse = (faults: object[]) => new FaultScript(faultFileSchema.parse({ faults }));

  test('counts the commands it is about, lets some pass, and strikes so often', () => {
    const script = parse([{ on: 'find', skip: 1, times: 2, do: { status: '24' } }]);
    const struck = ['find', 'read', 'find', 'find', 'find'] as const;
    expect(struck.map((command) => script.next(command)?.status)).toEqual([
      undefined,
      undefined,
      '24',
      '24',
      undefined,
    ]);
  });

  test('the first fault whose turn it is wins, and the others still count', () => {
    const script = parse([
      { on: 'find', do: { silent: true } },
      { on: 'any', times: 2, do: { status: '41' } },
    ]);
    expect(script.next('find')).toEqual({ silent: true });
    expect(script.next('find')).toEqual({ status: '41' });
    expect(script.next('find')).toBeUndefined();
  });

  test('one added later counts from then', () => {
    const script = parse([]);
    script.next('read');
    script.add({ on: 'read', do: { lift: true } });
    expect(script.next('read')).toEqual({ lift: true });
  });

  test('noise is the same for the same seed', () => {
    const noiseOf = (seed: number) => new FaultScript({ seed, faults: [] }).noise(16);
    expect(noiseOf(7)).toEqual(noiseOf(7));
    expect(noiseOf(7)).not.toEqual(noiseOf(8));
  });

  test('looks for card files beside itself', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fault-file-'));
    const file = join(directory, 'faults.json');
    await writeFile(file, JSON.stringify({ faults: [{ on: 'read', do: { place: 'other.json' } }] }));
    const script = new FaultScript(await loadFaultFile(file));
    expect(script.next('read')).toEqual({ place: join(directory, 'other.json') });
    await rm(directory, { recursive: true });
  });

  test('an effect that there is not is refused', () => {
    expect(() => parse([{ on: 'find', do: { explode: true } }])).toThrow();
    expect(() => parse([{ on: 'dance', do: {} }])).toThrow();
  });
});
