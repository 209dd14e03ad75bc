import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VideoFrame } from '#built/domain/image.js';
import type { FaceComparer } from '#built/face/port.js';
import { cardPhotoOf, film, openTestFace } from './face-video.js';

const OPTIONS = { targetFmr: 0.001, liveness: 'passive', challenges: [] } as const;

describe('a session with one person', () => {
  let face: FaceComparer;
  const frames: VideoFrame[] = [];
  beforeAll(async () => {
    face = await openTestFace();
    for await (const frame of film({ control: { person: 'bai' }, seconds: 0.5 })) frames.push(frame);
  });
  afterAll(() => face.close());
  const frame = (i = 0) => frames[i % frames.length] as VideoFrame;

  it('is one at a time', async () => {
    const first = await face.begin(OPTIONS);
    await expect(face.begin(OPTIONS)).rejects.toMatchObject({ code: 'FACE_BUSY', cure: 'retry' });
    await first.end();
    const second = await face.begin(OPTIONS);
    await second.end();
  });

  it('ends while it works: what waits is cancelled, nothing of the person is left, and ending again is harmless', async () => {
    const session = await face.begin(OPTIONS);
    await session.reference(await cardPhotoOf('bai'), 'card');
    const waiting = Promise.allSettled([0, 1, 2, 3].map((i) => session.probe(frame(i))));
    await Promise.all([session.end(), session.end()]);
    for (const each of await waiting) expect(each).toMatchObject({ reason: { name: 'AbortError' } });
    await expect(session.compare()).rejects.toMatchObject({ name: 'AbortError' });
    const next = await face.begin(OPTIONS);
    expect(await next.compare()).toBeUndefined();
    await next.end();
  });

  it('compares only when both sides are there, and leaves the frames that it is given as they are', async () => {
    const session = await face.begin(OPTIONS);
    const jpeg = Uint8Array.from(frame().jpeg);
    const seen = await session.probe({ ...frame(), jpeg });
    expect(Buffer.compare(jpeg, frame().jpeg)).toBe(0);
    expect(seen).toMatchObject({ faces: 1, guidance: [], imageWidth: 640, imageHeight: 480, usable: 1 });
    expect(seen.landmarks).toHaveLength(5);
    expect(await session.compare()).toBeUndefined();
    await session.reference(await cardPhotoOf('bai'), 'card');
    expect(await session.compare()).toMatchObject({ frames: 1, targetFmr: 0.001, model: 'dlib-resnet@1' });
    // A picture without a face takes the reference away again: nobody is compared with the one before.
    const empty = { width: 102, height: 126, rgb: new Uint8Array(102 * 126 * 3).fill(200) };
    expect(await session.reference(empty, 'card')).toMatchObject({ faces: 0, guidance: ['no-face'] });
    expect(await session.compare()).toBeUndefined();
    await session.end();
  });

  it('never keeps the event loop of the caller', async () => {
    const session = await face.begin(OPTIONS);
    await session.reference(await cardPhotoOf('bai'), 'card');
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    for (let i = 0; i < 10; i++) await session.probe(frame(i));
    await session.compare();
    clearInterval(counting);
    // Whatever the machine's speed: the loop turned several times for each picture.
    expect(turns).toBeGreaterThan(10);
    await session.end();
  });

  it('refuses a target that no measurement reaches, and stays ready', async () => {
    await expect(face.begin({ ...OPTIONS, targetFmr: 1e-6 })).rejects.toMatchObject({
      code: 'FACE_MODEL_UNCALIBRATED',
    });
    await (await face.begin(OPTIONS)).end();
  });
});
