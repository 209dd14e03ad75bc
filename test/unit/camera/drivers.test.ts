import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStreamCamera } from '#built/camera/stream-driver.js';
import { createWebcamCamera } from '#built/camera/webcam-driver.js';
import { type FarSide, raiseFarSide } from '../../contract/camera-far-side.js';
import { steadyClock as clock } from '../card/steady-clock.js';

const PATIENCE = { timeout: 20_000, interval: 10 };
const LIMITS = { startTimeoutMs: 2000, frameTimeoutMs: 2000, maxFrameBytes: 200_000 };
const never = () => new AbortController().signal;

let far: FarSide;
beforeEach(async () => {
  far = await raiseFarSide();
});
afterEach(() => far.strike());

describe('a camera that streams', () => {
  test('gives a slow caller the newest frame, and the number says how many it missed', async () => {
    const camera = createStreamCamera({ command: far.streamCommand, ...LIMITS }, { clock });
    const seen: number[] = [];
    for await (const { index } of camera.frames(never())) {
      seen.push(index);
      if (seen.length === 2) {
        expect(index).toBeGreaterThan(5);
        break;
      }
      const before = await far.count();
      await vi.waitFor(async () => expect(await far.count()).toBeGreaterThan(before + 10), PATIENCE);
    }
    await camera.close();
  });

  test('passes the arguments on as they are, without a shell and without the secrets of the service', async () => {
    process.env['COUNTERSIGN_TEST_SECRET'] = 'secret';
    const { directory } = far;
    const script = `env > '${directory}/env'; printf '%s\\n' "$@" > '${directory}/args'; cat '${directory}/0.jpg'`;
    const hostile = ['$(touch pwned)', '; reboot', "it's", '*', ''];
    const camera = createStreamCamera(
      { command: ['/bin/sh', '-c', script, 'x', ...hostile], ...LIMITS },
      { clock },
    );
    expect(await camera.check()).toMatchObject({ ok: true });
    await camera.close();
    expect((await readFile(`${directory}/args`, 'utf8')).split('\n').slice(0, 5)).toEqual(hostile);
    const environment = await readFile(`${directory}/env`, 'utf8');
    expect(environment).not.toContain('secret');
    expect(environment).toContain('PATH=');
    delete process.env['COUNTERSIGN_TEST_SECRET'];
  });

  test.each([[['/no/such/program']], [['bad\0name']], [['/etc/passwd']], [['/bin/sh', '-c', 'exit 9']]])(
    'a command that cannot be run is told: %j',
    async (command) => {
      const camera = createStreamCamera({ command, ...LIMITS }, { clock });
      expect(await camera.check()).toMatchObject({
        ok: false,
        detail: expect.stringContaining('CAMERA_START_FAILED'),
      });
      await camera.close();
    },
  );

  test('what a program complains of is kept short and on one line', async () => {
    const script = `i=0; while [ $i -lt 2000 ]; do printf '\\033[31mline\\n\\0$i ' >&2; i=$((i+1)); done; echo the end >&2`;
    const camera = createStreamCamera({ command: ['/bin/sh', '-c', script], ...LIMITS }, { clock });
    const { detail } = await camera.check();
    expect(detail.length).toBeLessThan(400);
    expect(detail).toMatch(/the end$/);
    expect(detail).not.toMatch(/\p{Cc}/u);
    await camera.close();
  });

  test('helpers that the program has started end with it', async () => {
    const { directory } = far;
    const script = `${far.streamCommand[0]} & echo $$ >> ${directory}/pids; wait`;
    const camera = createStreamCamera({ command: ['/bin/sh', '-c', script], ...LIMITS }, { clock });
    for await (const _ of camera.frames(never())) {
      expect(await far.alive()).toHaveLength(2);
      break;
    }
    await camera.close();
    expect(await far.alive()).toEqual([]);
  });
});

describe('a webcam', () => {
  test.each([
    '/dev/video0; reboot',
    '/dev/$(reboot)',
    '/dev/`reboot`',
    '/dev/video0 -S 1000',
    '/dev/video0\n--save /etc/passwd',
    '/dev/../etc/passwd',
    '/dev/v4l/../../etc/passwd',
    '/etc/passwd',
    '-d',
    'TEST:bars',
    'FILE:/etc/passwd',
    '/dev/',
    '/dev/-',
    '',
  ])('takes no device but one below /dev: %j', (device) => {
    expect(() => createWebcamCamera({ device, width: 640, height: 480 }, { clock })).toThrow(
      expect.objectContaining({ code: 'CAMERA_DEVICE_INVALID' }),
    );
  });

  test.each([
    '/dev/video0',
    '/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_1A2B3C4D-video-index0',
    '/dev/v4l/by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.2:1.0-video-index0',
  ])('asks fswebcam for one picture on its stdout, and for no file: %s', async (device) => {
    const camera = createWebcamCamera({ device, width: 640, height: 480 }, { clock });
    expect(await camera.check()).toMatchObject({ ok: true });
    await camera.close();
    const [call = '', ...more] = await far.calls();
    expect(more).toEqual([]);
    expect(call).toBe(`-q -r 640x480 --jpeg 90 -d ${device} --no-banner --skip 5 -`);
  });

  test('takes a picture only when it is asked for one: none is ever old', async () => {
    const camera = createWebcamCamera({ device: '/dev/video0', width: 320, height: 240 }, { clock });
    const frames: number[] = [];
    for await (const { index } of camera.frames(never())) {
      frames.push(index);
      expect(await far.calls()).toHaveLength(frames.length);
      if (frames.length === 4) break;
    }
    expect(frames).toEqual([0, 1, 2, 3]);
    await camera.close();
  });
});
