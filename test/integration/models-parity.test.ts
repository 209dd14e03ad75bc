import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Built, Network } from '../../scripts/models/build.mjs';
import { loadOriginals, type Original, tinyAnchors } from './model-originals.js';
import { type Picture, pictures } from './model-pictures.js';

const ROOT = new URL('../..', import.meta.url).pathname;

/**
 * Every converted network on the same pixels as its original. The greatest differences seen, and about four times
 * that allowed: the two engines add in different orders, so results differ in their last bits.
 * blazeface is measured on raw scores of up to 2000.
 */
const NETWORKS: Record<string, { sizes: [number, number][]; allowed: Record<string, number> }> = {
  'tiny-face-detector': {
    sizes: [
      [320, 320],
      [96, 160],
    ],
    allowed: { grid: 2e-4 },
  },
  'ssd-mobilenet': { sizes: [[512, 512]], allowed: { boxes: 2e-5, scores: 5e-6 } },
  'landmarks-68': { sizes: [[112, 112]], allowed: { points: 1e-6 } },
  'face-recognition': { sizes: [[150, 150]], allowed: { embedding: 2e-6 } },
  blazeface: { sizes: [[256, 256]], allowed: { boxes: 5e-3, scores: 3e-2 } },
  facemesh: { sizes: [[192, 192]], allowed: { mesh: 6e-4, flag: 1e-6 } },
  iris: { sizes: [[64, 64]], allowed: { points: 2e-4 } },
};

let networks: readonly Network[];
let originals: Record<string, Original>;

beforeAll(async () => {
  // Always: what is measured is what the command makes, and it leaves right files as they are.
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build-models')]);
  const text = await readFile(join(ROOT, 'models/manifest.json'), 'utf8');
  networks = (JSON.parse(text) as { networks: Network[] }).networks;
  originals = await loadOriginals();
}, 60_000);

async function open(id: string): Promise<InferenceSession> {
  return InferenceSession.create(join(ROOT, `models/build/${id}.onnx`), {
    intraOpNumThreads: 1,
    enableCpuMemArena: false,
  });
}

async function run(session: InferenceSession, batch: readonly Picture[]): Promise<Record<string, Tensor>> {
  const [first] = batch as [Picture];
  const pixels = Uint8Array.from(Buffer.concat(batch.map((picture) => picture.pixels)));
  const image = new Tensor('uint8', pixels, [batch.length, first.height, first.width, 3]);
  return (await session.run({ image })) as Record<string, Tensor>;
}

function greatestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe.each(Object.entries(NETWORKS))('%s', (id, { sizes, allowed }) => {
  it('gives what its original gives', async () => {
    const session = await open(id);
    const seen: Record<string, number> = {};
    for (const [height, width] of sizes) {
      for (const picture of await pictures(height, width)) {
        const converted = await run(session, [picture]);
        const original = originals[id]?.(picture) ?? {};
        expect(Object.keys(converted)).toEqual(Object.keys(original));
        for (const [name, wanted] of Object.entries(original)) {
          const difference = greatestDifference(converted[name]?.data as Float32Array, wanted);
          expect(difference, `${name} on ${picture.name}`).toBeLessThanOrEqual(allowed[name] ?? 0);
          seen[name] = Math.max(seen[name] ?? 0, difference);
        }
      }
    }
    // So that a log tells how near a limit is.
    console.info(`${id}: greatest differences ${JSON.stringify(seen)}`);
    await session.release();
  });

  it('gives for a batch what it gives one by one', async () => {
    const session = await open(id);
    const [size] = sizes as [[number, number]];
    const [noise, , face] = (await pictures(...size)) as [Picture, Picture, Picture];
    const batch = [noise, face];
    const together = await run(session, batch);
    for (const [at, picture] of batch.entries()) {
      const alone = await run(session, [picture]);
      for (const [name, { data }] of Object.entries(alone)) {
        const all = together[name]?.data as Float32Array;
        const share = all.slice(at * data.length, (at + 1) * data.length);
        expect(greatestDifference(share, data as Float32Array)).toBeLessThanOrEqual(allowed[name] ?? 0);
      }
    }
    await session.release();
  });
});

describe('the networks together', () => {
  it('are the networks of the manifest', () => {
    expect(networks.map(({ id }) => id)).toEqual(Object.keys(NETWORKS));
  });

  it('keeps embeddings in the same direction, and tells pictures apart', async () => {
    const session = await open('face-recognition');
    const all = await pictures(150, 150);
    const original = originals['face-recognition'] as Original;
    const embeddings: Float32Array[] = [];
    for (const picture of all) {
      const { embedding } = await run(session, [picture]);
      const data = embedding?.data as Float32Array;
      expect(cosine(data, original(picture)['embedding'] as Float32Array)).toBeGreaterThanOrEqual(0.9999);
      embeddings.push(data);
    }
    const [noise, , face] = embeddings as [Float32Array, Float32Array, Float32Array];
    expect(cosine(noise, face)).toBeLessThan(0.99);
    await session.release();
  });

  it("notes face-api's own anchors", () => {
    const tiny = networks.find(({ id }) => id === 'tiny-face-detector');
    expect(tiny?.decode?.anchors).toEqual(tinyAnchors());
  });

  it('are listed beside themselves with size and SHA-256', async () => {
    const text = await readFile(join(ROOT, 'models/build/manifest.json'), 'utf8');
    const built = (JSON.parse(text) as Built).networks;
    expect(Object.keys(built)).toEqual(networks.map(({ id }) => id));
    for (const { file, sha256, bytes } of Object.values(built)) {
      const content = await readFile(join(ROOT, 'models/build', file));
      expect(content.length).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
  });
});
