import { execFile } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWebcamCamera } from '#built/camera/webcam-driver.js';
import { steadyClock as clock } from '../unit/card/steady-clock.js';
import { type FarSide, raiseFarSide } from './camera-far-side.js';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const PATIENCE = { timeout: 20_000, interval: 10 };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let far: FarSide;
beforeEach(async () => {
  far = await raiseFarSide();
});
afterEach(() => far.strike());

function start(...words: string[]) {
  let child: ReturnType<typeof execFile> | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child = execFile(process.execPath, [MAIN, 'camera', 'snap', ...words], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
  return { ended, interrupt: () => child?.kill('SIGINT') };
}

const snap = (...words: string[]): Promise<Ended> => start(...words).ended;
const stream = (): string[] => [
  '--config',
  '/dev/null',
  '--set',
  `camera={driver: stream, command: [${far.streamCommand.join(', ')}]}`,
];

describe('countersign camera snap', () => {
  test('writes one picture for its owner alone, and says that it is good', async () => {
    const file = join(far.directory, 'counter.jpg');
    await writeFile(file, 'of yesterday, open to everybody');
    await chmod(file, 0o644);
    const { code, stdout } = await snap(file, '--json', ...stream());
    expect(code).toBe(0);
    const { size, mode } = await stat(file);
    expect(mode & 0o777).toBe(0o600);
    expect(JSON.parse(stdout)).toMatchObject({ file, bytes: size, width: 320, height: 240, verdict: 'good' });
    expect((await sharp(file).metadata()).format).toBe('jpeg');
    expect(await far.alive()).toEqual([]);
  });

  test('says so for people, too', async () => {
    const { code, stdout } = await snap(join(far.directory, 'counter.jpg'), ...stream());
    expect(code).toBe(0);
    expect(stdout).toMatch(/counter\.jpg: 320x240, \d+ bytes, brightness \d+, contrast \d+: good\n$/);
  });

  test.each([
    ['#050505', 'too dark'],
    ['#fdfdfd', 'too bright'],
    ['#808080', 'nothing on it'],
  ])('ends with 1 where the picture is of no use (%s)', async (background, verdict) => {
    const flat = await sharp({ create: { width: 320, height: 240, channels: 3, background } })
      .jpeg()
      .toBuffer();
    for (const index of [0, 1, 2, 3]) await writeFile(join(far.directory, `${index}.jpg`), flat);
    const { code, stdout } = await snap(join(far.directory, 'counter.jpg'), '--json', ...stream());
    expect(JSON.parse(stdout)).toMatchObject({ verdict });
    expect(code).toBe(1);
  });

  test('works with a webcam as well', async () => {
    const camera = 'camera={driver: webcam, width: 320, height: 240}';
    const file = join(far.directory, 'counter.jpg');
    expect(await snap(file, '--config', '/dev/null', '--set', camera)).toMatchObject({ code: 0 });
  });

  test.each([
    ['a name that is no JPEG', 2, 'counter.png', ''],
    ['a device that is none', 3, 'counter.jpg', 'camera={driver: webcam, device: "/dev/video0; reboot"}'],
    ['a program that is not there', 3, 'counter.jpg', 'camera={driver: stream, command: [/no/such/program]}'],
    ['a value that is not allowed', 2, 'counter.jpg', 'camera={driver: webcam, width: 99999}'],
  ])('%s ends with %i and leaves no file', async (_what, code, name, camera) => {
    const file = join(far.directory, name);
    const set = camera === '' ? [] : ['--set', camera];
    expect(await snap(file, '--config', '/dev/null', ...set)).toMatchObject({ code, stdout: '' });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a file that cannot be written ends with 3', async () => {
    const ended = await snap('/proc/counter.jpg', ...stream());
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(ended.stderr).toContain('cannot be written');
  });

  test('an interrupt ends it and the camera with it', async () => {
    await far.mode('silent');
    const running = start(join(far.directory, 'counter.jpg'), ...stream());
    await vi.waitFor(async () => expect(await far.alive()).not.toEqual([]), PATIENCE);
    running.interrupt();
    expect(await running.ended).toMatchObject({ code: 130 });
    expect(await far.alive()).toEqual([]);
  });
});

describe('the real fswebcam', () => {
  test('understands what it is asked, and its picture is taken', async () => {
    // There is no webcam here: fswebcam draws its own test picture instead, all else as it is asked.
    const wrapper = join(far.directory, 'fswebcam');
    await writeFile(
      wrapper,
      `#!/bin/sh
command -v /usr/bin/fswebcam > /dev/null || { echo 'install the package fswebcam' >&2; exit 1; }
for word in "$@"; do
  shift
  [ "$word" = /dev/video0 ] && word=TEST:bars
  set -- "$@" "$word"
done
exec /usr/bin/fswebcam "$@"
`,
    );
    const camera = createWebcamCamera({ device: '/dev/video0', width: 640, height: 480 }, { clock });
    expect(await camera.check()).toMatchObject({ ok: true, detail: expect.stringContaining('640x480') });
    for await (const { jpeg } of camera.frames(new AbortController().signal)) {
      const { width, height } = await sharp(jpeg, { failOn: 'warning' }).metadata();
      expect([width, height]).toEqual([640, 480]);
      break;
    }
    await camera.close();
  });

  test('is found out where it ends well without a picture', async () => {
    await readFile('/usr/bin/fswebcam');
    const wrapper = join(far.directory, 'fswebcam');
    await writeFile(wrapper, `#!/bin/sh\nexec /usr/bin/fswebcam "$@"\n`);
    const camera = createWebcamCamera({ device: '/dev/no-such-camera', width: 640, height: 480 }, { clock });
    expect(await camera.check()).toEqual({
      name: 'camera',
      ok: false,
      detail: 'CAMERA_START_FAILED: no picture, stat: No such file or directory',
      advice: expect.stringContaining('by hand'),
    });
    await camera.close();
  });
});
