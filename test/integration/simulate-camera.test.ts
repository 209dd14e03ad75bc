import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CameraProcess, tell } from './simulate-camera-process.js';

let directory: string;
let camera: CameraProcess | undefined;
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'simulate-camera-'));
});
afterEach(async () => {
  if (camera?.child.exitCode === null) camera.child.kill('SIGKILL');
  camera = undefined;
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Mean brightness in the middle, where a face is, and its spread. */
async function middle(jpeg: Buffer): Promise<{ mean: number; spread: number }> {
  const face = await sharp(jpeg)
    .extract({ left: 250, top: 120, width: 140, height: 180 })
    .greyscale()
    .toBuffer();
  const [channel] = (await sharp(face).stats()).channels;
  return { mean: channel?.mean ?? 0, spread: channel?.stdev ?? 0 };
}
const somebody = async (jpeg: Buffer) => (await middle(jpeg)).spread > 15;

/** Waits until a new picture is as wanted. */
async function until(wanted: (jpeg: Buffer) => Promise<boolean>): Promise<void> {
  if (camera === undefined) throw new Error('no camera');
  for (;;) {
    const pictures = await camera.atLeast(camera.pictures().length + 1);
    if (await wanted(pictures.at(-1) ?? Buffer.alloc(0))) return;
  }
}

describe('countersign simulate camera', () => {
  test('writes whole JPEGs back to back, no two alike, and ends cleanly when told to', async () => {
    camera = new CameraProcess('--person', 'lin', '--fps', '15');
    const pictures = await camera.atLeast(12);
    expect(pictures.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(camera.bytes.length);
    expect(camera.bytes.subarray(0, 3)).toEqual(Buffer.of(0xff, 0xd8, 0xff));
    expect(new Set(pictures.map((jpeg) => jpeg.toString('base64'))).size).toBe(pictures.length);
    for (const jpeg of pictures.slice(0, 4)) {
      expect(await sharp(jpeg, { failOn: 'warning' }).metadata()).toMatchObject({ width: 640, height: 480 });
      expect(await somebody(jpeg)).toBe(true);
    }
    expect(await camera.stop()).toBe(0);
    expect(camera.complaints).toEqual([]);
    // Nothing but pictures was written.
    const whole = camera.pictures().reduce((sum, { length }) => sum + length, 0);
    expect(camera.bytes.length - whole).toBeLessThan(60_000);
  });

  test('follows its control file: people come, change and go; nonsense is told and changes nothing', async () => {
    const control = file('control.json');
    await tell(control, { person: null });
    camera = new CameraProcess('--control', control);
    expect(await somebody((await camera.atLeast(1))[0] ?? Buffer.alloc(0))).toBe(false);
    await tell(control, { person: 'wei' });
    await until(somebody);
    await writeFile(control, '{"person": ');
    while (camera.complaints.length === 0) await camera.atLeast(camera.pictures().length + 1);
    await tell(control, { person: 'a-stranger' });
    while (!camera.complaints.join('').includes('a-stranger'))
      await camera.atLeast(camera.pictures().length + 1);
    await until(somebody);
    await tell(control, { person: null });
    await until(async (jpeg) => !(await somebody(jpeg)));
  });

  test('ends when nobody reads any more', async () => {
    camera = new CameraProcess('--person', 'lin');
    await camera.atLeast(1);
    camera.child.stdout?.destroy();
    expect(await camera.ended()).toBe(0);
  });

  test('can be ended while its reader is stuck', async () => {
    camera = new CameraProcess('--person', 'lin', '--fps', '30');
    await camera.atLeast(1);
    camera.child.stdout?.pause();
    // More than a pipe holds.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await camera.stop()).toBe(0);
  });

  test('follows a script to its end', async () => {
    const script = file('script.json');
    await writeFile(
      script,
      JSON.stringify([
        { atMs: 0, person: 'qiao' },
        { atMs: 800, end: true },
      ]),
    );
    camera = new CameraProcess('--script', script, '--fps', '20');
    expect(await camera.ended()).toBe(0);
    expect(await somebody(camera.pictures()[0] ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('its faults', () => {
  const withFaults = async (...faults: object[]) => {
    await writeFile(file('faults.json'), JSON.stringify({ seed: 3, faults }));
    camera = new CameraProcess('--person', 'lin', '--fps', '25', '--faults', file('faults.json'));
    return camera;
  };

  test('freeze repeats a picture byte for byte, then goes on; black is black', async () => {
    const far = await withFaults(
      { skip: 2, times: 3, do: { freeze: true } },
      { skip: 7, do: { black: true } },
    );
    const pictures = (await far.atLeast(9)).map((jpeg) => jpeg.toString('base64'));
    expect(new Set(pictures.slice(1, 5)).size).toBe(1);
    expect(new Set(pictures.slice(5, 9)).size).toBe(4);
    expect((await middle(Buffer.from(pictures[7] ?? '', 'base64'))).mean).toBeLessThan(2);
  });

  test('half a picture, garbage and a huge one come in the stream where the script has them', async () => {
    const far = await withFaults(
      { skip: 1, do: { half: true } },
      { skip: 3, do: { garbage: 5000 } },
      { skip: 5, do: { huge: 3_000_000 } },
    );
    await far.atLeast(8);
    const sizes = far.pictures().map(({ length }) => length);
    expect(Math.max(...sizes)).toBeGreaterThan(3_000_000);
    const inPictures = far.pictures().reduce((sum, { length }) => sum + length, 0);
    expect(far.bytes.length - inPictures).toBeGreaterThan(0);
  });

  test('a bomb claims 65,500 pixels a side', async () => {
    const far = await withFaults({ skip: 1, do: { bomb: true } });
    const [, bomb = Buffer.alloc(0)] = await far.atLeast(2);
    const frame = bomb.indexOf(Buffer.of(0xff, 0xc0));
    expect([bomb.readUInt16BE(frame + 5), bomb.readUInt16BE(frame + 7)]).toEqual([65_500, 65_500]);
  });

  test('exit ends it with the code that was wanted, after the picture', async () => {
    const far = await withFaults({ skip: 3, do: { exit: 7 } });
    expect(await far.ended()).toBe(7);
    expect(far.pictures()).toHaveLength(4);
  });

  test('hang writes nothing more but can be ended', async () => {
    const far = await withFaults({ skip: 2, do: { hang: true } });
    await far.atLeast(2);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(far.pictures()).toHaveLength(2);
    expect(await far.stop()).toBe(0);
  });

  test('add up on one picture, and the same script gives the same bytes of garbage', async () => {
    const once = async () => {
      const far = await withFaults(
        { do: { garbage: 64 } },
        { do: { half: true } },
        { skip: 1, do: { exit: 0 } },
      );
      await far.ended();
      return far.bytes.subarray(0, 64).toString('hex');
    };
    expect(await once()).toBe(await once());
  });

  test('a script that is not understood ends it with the reason before any picture', async () => {
    await writeFile(file('bad.json'), JSON.stringify({ faults: [{ do: { explode: true } }] }));
    camera = new CameraProcess('--faults', file('bad.json'));
    expect(await camera.ended()).toBe(2);
    expect(camera.bytes).toHaveLength(0);
    expect(camera.complaints.join('')).toContain('explode');
  });
});
