import { getEventListeners } from 'node:events';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Camera } from '#built/camera/port.js';
import { createStreamCamera } from '#built/camera/stream-driver.js';
import { createWebcamCamera } from '#built/camera/webcam-driver.js';
import type { VideoFrame } from '#built/domain/image.js';
import { steadyClock as clock } from '../unit/card/steady-clock.js';
import { type FarSide, raiseFarSide } from './camera-far-side.js';

const PATIENCE = { timeout: 20_000, interval: 10 };
const never = () => new AbortController().signal;

const stream = ({ streamCommand: command }: FarSide): Camera =>
  createStreamCamera(
    { command, startTimeoutMs: 1000, frameTimeoutMs: 1000, maxFrameBytes: 200_000 },
    { clock },
  );
const webcam = (): Camera =>
  createWebcamCamera({ device: '/dev/video0', width: 320, height: 240, shotTimeoutMs: 1000 }, { clock });

async function take(camera: Camera, count: number, signal = never()): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for await (const frame of camera.frames(signal)) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return frames;
}

describe.each([
  ['a program that streams', stream],
  ['fswebcam, shot by shot', webcam],
])('the contract of a camera: %s', (_name, make) => {
  let far: FarSide;
  let camera: Camera;
  const nothingLeft = () => vi.waitFor(async () => expect(await far.alive()).toEqual([]), PATIENCE);

  beforeEach(async () => {
    far = await raiseFarSide();
    camera = make(far);
  });
  afterEach(async () => {
    await camera.close();
    expect(await far.alive()).toEqual([]);
    await far.strike();
  });

  test('yields whole JPEGs, counted from 0 at each opening, and closes the camera when the loop is left', async () => {
    for (const _ of [1, 2]) {
      const frames = await take(camera, 3);
      expect(frames[0]?.index).toBe(0);
      for (const { jpeg, index, takenAtMs } of frames.slice(1)) {
        const { width, height } = await sharp(jpeg, { failOn: 'warning' }).metadata();
        expect([width, height]).toEqual([320, 240]);
        expect(index).toBeGreaterThan(0);
        expect(takenAtMs).toBeLessThanOrEqual(clock.elapsed());
      }
      expect(frames.map(({ takenAtMs }) => takenAtMs)).toEqual(
        frames.map(({ takenAtMs }) => takenAtMs).sort((a, b) => a - b),
      );
      await nothingLeft();
    }
  });

  test('one iteration at a time: a second one is refused and does not disturb the first', async () => {
    let frames = 0;
    for await (const _ of camera.frames(never())) {
      await expect(take(camera, 1)).rejects.toMatchObject({ code: 'CAMERA_BUSY' });
      if (++frames === 3) break;
    }
    expect(await take(camera, 1)).toHaveLength(1);
  });

  test.each(['run', 'silent'] as const)(
    'an abort at any moment ends the iteration and leaves nothing open (%s)',
    async (mode) => {
      await far.mode(mode);
      for (const moment of [0, 1, 5, 30, 120]) {
        const stop = new AbortController();
        const promise = take(camera, Number.POSITIVE_INFINITY, stop.signal);
        promise.catch(() => {});
        await sleep(moment);
        stop.abort(new Error('a reason of the caller’s own'));
        await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
        expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
        await nothingLeft();
      }
      await far.mode('run');
      expect(await take(camera, 1)).toHaveLength(1);
    },
  );

  test('a signal that is aborted already starts nothing', async () => {
    await expect(take(camera, 1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(await far.count()).toBe(0);
  });

  test('a far side that does not end when asked is killed, and the next opening waits for that', async () => {
    await far.mode('stubborn');
    const stop = new AbortController();
    const promise = take(camera, Number.POSITIVE_INFINITY, stop.signal);
    promise.catch(() => {});
    await vi.waitFor(async () => expect(await far.count()).toBeGreaterThan(0), PATIENCE);
    await sleep(100);
    stop.abort();
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
    await far.mode('run');
    for await (const _ of camera.frames(never())) {
      expect((await far.alive()).length).toBeLessThanOrEqual(1);
      break;
    }
  });

  test('a far side that vanishes is told once; then it works again', async () => {
    let frames = 0;
    const promise = (async () => {
      for await (const _ of camera.frames(never())) if (++frames === 2) await far.mode('gone');
    })();
    await expect(promise).rejects.toMatchObject({ code: 'CAMERA_GONE', cure: 'operator' });
    expect(frames).toBeGreaterThanOrEqual(2);
    await nothingLeft();
    await far.mode('run');
    expect(await take(camera, 2)).toHaveLength(2);
  });

  test('a far side that is not there is told with what it complained of', async () => {
    await far.mode('gone');
    await expect(take(camera, 1)).rejects.toMatchObject({
      code: 'CAMERA_START_FAILED',
      details: { complaint: 'no such device' },
    });
  });

  test.each(['silent', 'noise', 'broken'] as const)('no first picture in time: %s', async (mode) => {
    await far.mode(mode);
    await expect(take(camera, 1)).rejects.toMatchObject({ code: 'CAMERA_START_FAILED' });
    await nothingLeft();
  });

  test.each(['silent', 'broken'] as const)('no picture any more: %s; then it works again', async (mode) => {
    let frames = 0;
    const promise = (async () => {
      for await (const _ of camera.frames(never())) if (++frames === 2) await far.mode(mode);
    })();
    await expect(promise).rejects.toMatchObject({ code: 'CAMERA_TIMEOUT' });
    await nothingLeft();
    await far.mode('run');
    expect(await take(camera, 2)).toHaveLength(2);
  });

  test('broken pictures are dropped and counted', async () => {
    let frames = 0;
    for await (const { jpeg } of camera.frames(never())) {
      await sharp(jpeg, { failOn: 'warning' }).stats();
      if (++frames === 2) {
        await far.mode('broken');
        const before = await far.count();
        const more = vi.waitFor(async () => expect(await far.count()).toBeGreaterThan(before + 1), PATIENCE);
        void more.then(() => far.mode('run'));
      }
      if (frames > 2 && (await camera.check()).detail.includes('broken')) break;
    }
    expect(frames).toBeGreaterThan(2);
  });

  test('its own examination takes a frame, tells of an iteration, gives way to one, and never throws', async () => {
    expect(await camera.check()).toMatchObject({ name: 'camera', ok: true });
    await nothingLeft();
    for await (const _ of camera.frames(never())) {
      const check = await camera.check();
      expect(check).toMatchObject({ ok: true });
      expect(check.detail).toContain('in use');
      break;
    }
    await far.mode('silent');
    const check = camera.check();
    await vi.waitFor(async () => expect(await far.alive()).not.toEqual([]), PATIENCE);
    await far.mode('run');
    expect(await take(camera, 1)).toHaveLength(1);
    expect(await check).toMatchObject({ ok: true });

    await far.mode('gone');
    const missing = await camera.check();
    expect(missing.ok).toBe(false);
    expect(missing.detail).toContain('CAMERA_START_FAILED');
    expect(missing.advice).toBeTruthy();
  });

  test('closing may be done twice, ends an iteration, and is for good', async () => {
    const promise = take(camera, Number.POSITIVE_INFINITY);
    promise.catch(() => {});
    await vi.waitFor(async () => expect(await far.alive()).not.toEqual([]), PATIENCE);
    await Promise.all([camera.close(), camera.close()]);
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
    expect(await far.alive()).toEqual([]);
    await camera.close();
    await expect(take(camera, 1)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await camera.check()).ok).toBe(false);
  });

  test('200 openings leave descriptors, processes, listeners and timers as they were', async () => {
    const { signal } = new AbortController();
    const descriptors = async () => (await readdir('/proc/self/fd')).length;
    // The runner has timers of its own that come and go; 200 openings that left one each would show.
    const resources = () => process.getActiveResourcesInfo().length;
    await take(camera, 1, signal);
    await nothingLeft();
    const before = { descriptors: await descriptors(), resources: resources() };
    for (let cycle = 0; cycle < 200; cycle++) {
      if (cycle % 4 === 3) expect((await camera.check()).ok).toBe(true);
      else expect(await take(camera, 1, signal)).toHaveLength(1);
    }
    await nothingLeft();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await vi.waitFor(async () => expect(await descriptors()).toBe(before.descriptors), PATIENCE);
    await vi.waitFor(() => expect(resources()).toBeLessThan(before.resources + 10), PATIENCE);
  }, 120_000);
});
