import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaceComparer, FaceSession } from '#built/face/port.js';
import { findPerson } from '#built/simulator/people/cast.js';
import { renderPerson } from '#built/simulator/people/render-person.js';
import { openTestFace } from '../integration/face-video.js';

/** `FUZZ_RUNS=10000 npx vitest run test/fuzz/face-pictures.test.ts` for a long run. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 120);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124);

/** mulberry32: small, seeded, good enough to break pictures with. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function mutate(file: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Uint8Array.from(file);
  for (let i = 0, times = 1 + random(6); i < times; i++) {
    const at = random(bytes.length);
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        // Headers are where sizes stand.
        bytes[random(Math.min(400, bytes.length))] = random(2) === 0 ? 0xff : random(256);
        break;
      case 2:
        bytes = bytes.slice(0, Math.max(1, at));
        break;
      case 3:
        bytes.copyWithin(at, random(bytes.length), random(bytes.length));
        break;
      default:
        bytes.fill(random(256), at, at + random(64));
    }
  }
  return bytes;
}

describe('broken pictures', () => {
  let face: FaceComparer;
  let session: FaceSession;
  let files: Buffer[];
  beforeAll(async () => {
    face = await openTestFace();
    session = await face.begin({ targetFmr: 0.001, liveness: 'passive', challenges: [] });
    const { width, height, rgb } = await renderPerson(findPerson('gao'));
    const small = sharp(rgb, { raw: { width, height, channels: 3 } }).resize(320, 240);
    files = await Promise.all([
      small.clone().jpeg().toBuffer(),
      small.clone().jpeg({ progressive: true }).toBuffer(),
      small.clone().png().toBuffer(),
      small.clone().webp().toBuffer(),
    ]);
  });
  afterAll(async () => {
    await session.end();
    await face.close();
  });

  it(`of ${RUNS} mutants each is seen or refused with one code, and the thread lives on`, {
    timeout: 3_600_000,
  }, async () => {
    const random = randomOf(SEED);
    let refused = 0;
    for (let i = 0; i < RUNS; i++) {
      const jpeg = mutate(files[i % files.length] as Buffer, random);
      try {
        await session.probe({ jpeg, index: i, takenAtMs: i * 100 });
      } catch (error) {
        expect(error, `mutant ${i} of seed ${SEED}`).toMatchObject({ code: 'FACE_IMAGE_UNUSABLE' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(RUNS / 10);
    const seen = await session.probe({
      jpeg: Uint8Array.from(files[0] as Buffer),
      index: RUNS,
      takenAtMs: RUNS * 100,
    });
    expect(seen.faces).toBe(1);
  });
});
