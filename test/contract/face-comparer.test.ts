import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage, VideoFrame } from '#built/domain/image.js';
import { openFace } from '#built/face/open-face.js';
import type { FaceComparer, FaceSession, FaceSessionOptions } from '#built/face/port.js';
import { cardPhotoOf, ENGINES, film, MODELS, watch } from '../integration/face-video.js';

const OPTIONS: FaceSessionOptions = { targetFmr: 0.001, liveness: 'passive', challenges: [] };
const EMPTY: RgbImage = { width: 102, height: 126, rgb: new Uint8Array(102 * 126 * 3).fill(200) };

/** What the first engine said, by person: the other one must say the same. */
const scores = new Map<string, number>();

describe.each(['onnx', 'tfjs'] as const)('the contract of a face comparer: %s', (engine) => {
  let face: FaceComparer;
  let session: FaceSession | undefined;
  const frames: VideoFrame[] = [];
  const open = (modelsDirectory = MODELS) => openFace({ engine, engines: ENGINES, modelsDirectory });

  beforeAll(async () => {
    face = await open();
    for await (const frame of film({ control: { person: 'bai' }, seconds: 1.2 })) frames.push(frame);
  });
  afterEach(async () => {
    await session?.end();
    session = undefined;
  });
  afterAll(() => face.close());

  const begin = async (options: Partial<FaceSessionOptions> = {}): Promise<FaceSession> => {
    session = await face.begin({ ...OPTIONS, ...options });
    return session;
  };
  /** A copy, so that one test cannot spoil the next. */
  const frame = (index = 0): VideoFrame => {
    const found = frames[index] as VideoFrame;
    return { ...found, jpeg: Uint8Array.from(found.jpeg) };
  };

  it('runs its networks when it is checked, and names engine and model', async () => {
    const detail = expect.stringContaining(engine === 'onnx' ? 'onnxruntime' : 'TensorFlow.js');
    expect(await face.check()).toMatchObject({ name: 'face', ok: true, detail });
    expect(face.model).toBe('dlib-resnet@1');
  });

  it('has one person at a time, and the next when that one ended', async () => {
    const first = await begin();
    await expect(face.begin(OPTIONS)).rejects.toMatchObject({ code: 'FACE_BUSY', cure: 'retry' });
    await first.end();
    await begin();
  });

  it('stays ready when a person could not begin', async () => {
    await expect(face.begin({ ...OPTIONS, targetFmr: 1e-9 })).rejects.toMatchObject({
      code: 'FACE_MODEL_UNCALIBRATED',
    });
    await begin();
  });

  it.each(['bai', 'lin'])('scores %s before the card of bai: higher for more alike', async (person) => {
    const one = await begin();
    expect((await one.reference(await cardPhotoOf('bai'), 'card')).guidance).toEqual([]);
    const last = await watch(one, film({ control: { person }, seconds: 1.2 }));
    expect(last).toMatchObject({ faces: 1, guidance: [], imageWidth: 640, imageHeight: 480 });
    expect(last.landmarks).toHaveLength(5);
    const comparison = await one.compare();
    expect(comparison).toMatchObject({ targetFmr: 0.001, model: 'dlib-resnet@1' });
    const { score = Number.NaN, threshold = Number.NaN } = comparison ?? {};
    expect(score > threshold).toBe(person === 'bai');
    expect(await one.liveness()).toEqual({ passive: null, challenges: [], suspicions: [], live: true });
    const before = scores.get(person);
    if (before !== undefined) expect(score).toBeCloseTo(before, 3);
    scores.set(person, score);
  });

  it('compares only when both sides are there', async () => {
    const one = await begin();
    expect(await one.compare()).toBeUndefined();
    await one.probe(frame());
    expect(await one.compare()).toBeUndefined();
    await one.reference(await cardPhotoOf('bai'), 'card');
    expect(await one.compare()).toMatchObject({ frames: 1 });
    // Nobody is compared with the reference before.
    expect((await one.reference(EMPTY, 'card')).guidance).toEqual(['no-face']);
    expect(await one.compare()).toBeUndefined();
  });

  it('fuses as many frames as it is told to', async () => {
    const one = await begin({ frames: 2 });
    await one.reference(await cardPhotoOf('bai'), 'card');
    for (const [index] of frames.entries()) await one.probe(frame(index));
    expect(await one.compare()).toMatchObject({ frames: 2 });
  });

  it('names the challenge that is asked for, and lets no recording of something else pass', async () => {
    const one = await begin({ liveness: 'active', challenges: ['turn-left', 'blink'] });
    const seen = await one.probe(frame());
    expect(seen).toMatchObject({ challenge: 'turn-left', challengesPassed: 0 });
    expect((await one.liveness()).challenges.map(({ passed }) => passed)).toEqual([false, false]);
    expect((await one.liveness()).live).toBe(false);
  });

  it('takes photographs that show one face, without judging life', async () => {
    const one = await begin({ liveness: 'off', probeFrom: 'photograph' });
    await one.reference({ encoded: frame().jpeg });
    expect(await one.probe(frame(3))).toMatchObject({ guidance: [], usable: 1 });
    expect((await one.compare())?.score).toBeGreaterThan(0.6);
  });

  it('refuses a picture that is none, and goes on with the next', async () => {
    const one = await begin();
    const bad = { encoded: new Uint8Array([1, 2, 3]) };
    await expect(one.reference(bad, 'card')).rejects.toMatchObject({ code: 'FACE_IMAGE_UNUSABLE' });
    const torn = frame().jpeg.subarray(0, 900);
    await expect(one.probe({ ...frame(), jpeg: torn })).rejects.toMatchObject({
      code: 'FACE_IMAGE_UNUSABLE',
    });
    expect(await one.probe(frame())).toMatchObject({ faces: 1 });
  });

  it('leaves what it is given as it is', async () => {
    const one = await begin();
    const given = frame();
    const photo = await cardPhotoOf('bai');
    const before = [Uint8Array.from(given.jpeg), Uint8Array.from(photo.rgb)] as const;
    await one.reference(photo, 'card');
    await one.probe(given);
    expect(Buffer.compare(given.jpeg, before[0])).toBe(0);
    expect(Buffer.compare(photo.rgb, before[1])).toBe(0);
  });

  it('ends at any time and more than once; what waits and what comes after is cancelled', async () => {
    const one = await begin();
    await one.reference(await cardPhotoOf('bai'), 'card');
    const waiting = Promise.allSettled([0, 1, 2].map((index) => one.probe(frame(index))));
    await Promise.all([one.end(), one.end()]);
    for (const each of await waiting) expect(each).toMatchObject({ reason: { name: 'AbortError' } });
    for (const late of [
      () => one.reference(EMPTY),
      () => one.probe(frame()),
      () => one.compare(),
      () => one.liveness(),
    ]) {
      await expect(late()).rejects.toMatchObject({ name: 'AbortError' });
    }
    const next = await begin();
    expect(await next.compare()).toBeUndefined();
    expect((await next.liveness()).live).toBe(false);
  });

  it('refuses a directory that holds no pack', async () => {
    await expect(face.tryPack?.(tmpdir())).rejects.toMatchObject({ code: 'FACE_PACK_INVALID' });
  });

  it('without networks says so when checked and when begun, and never throws from its check', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'no-networks-'));
    const bare = await open(empty);
    expect(await bare.check()).toMatchObject({ name: 'face', ok: false, advice: expect.any(String) });
    await expect(bare.begin(OPTIONS)).rejects.toMatchObject({ code: 'FACE_MODEL_MISSING' });
    await bare.close();
    await rm(empty, { recursive: true });
  });

  it('closes in the middle of a person and more than once; nobody begins after that', async () => {
    const brief = await open();
    const one = await brief.begin(OPTIONS);
    const waiting = Promise.allSettled([one.probe(frame())]);
    await brief.close();
    await brief.close();
    expect(await waiting).toMatchObject([{ reason: { name: 'AbortError' } }]);
    await expect(brief.begin(OPTIONS)).rejects.toMatchObject({ code: 'FACE_ENGINE_FAILED' });
    expect(await brief.check()).toMatchObject({ ok: false });
  });
});
