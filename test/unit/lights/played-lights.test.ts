import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGpioLights } from '#built/lights/gpio-driver.js';
import { createLedLights } from '#built/lights/leds-driver.js';
import { createNoLights } from '#built/lights/none-driver.js';
import type { Lamp, LampColour } from '#built/lights/patterns.js';
import { playLights } from '#built/lights/played-lights.js';
import { LAMP_PATTERNS, type Lights } from '#built/lights/port.js';
import { VirtualTiming } from '../card/virtual-reader.js';

const PATIENCE = { timeout: 20_000, interval: 1 };

interface Written {
  readonly at: number;
  readonly lamp: Lamp;
  readonly on: boolean;
}

let clock: VirtualTiming;
let written: Written[];
let released: Lamp[];
let broken: Set<Lamp>;
let tried: number;
let lights: Lights;

const line = (lamp: Lamp) => ({
  async set(on: boolean) {
    tried++;
    if (broken.has(lamp)) throw new Error('no such line');
    written.push({ at: clock.elapsed(), lamp, on });
  },
  async release() {
    released.push(lamp);
  },
});
const seen = (lamp: LampColour): boolean => written.findLast((each) => each.lamp === lamp)?.on ?? false;
const lit = (): LampColour[] => (['green', 'amber', 'red'] as const).filter(seen);

beforeEach(() => {
  clock = new VirtualTiming();
  written = [];
  released = [];
  broken = new Set();
  tried = 0;
  lights = playLights('test', { green: line('green'), amber: line('amber'), red: line('red') }, { clock });
});
afterEach(() => lights.close());

describe('the player of patterns', () => {
  test('shows what it is told, one pattern at a time', async () => {
    lights.show('ready');
    await vi.waitFor(() => expect(lit()).toEqual(['green']), PATIENCE);
    lights.show('refused');
    await vi.waitFor(() => expect(lit()).toEqual(['red']), PATIENCE);
    lights.show('off');
    await vi.waitFor(() => expect(lit()).toEqual([]), PATIENCE);
  });

  test('blinks in the rhythm of the pattern, and writes nothing that is so already', async () => {
    lights.show('verified');
    await vi.waitFor(
      () => expect(written.filter(({ lamp }) => lamp === 'green').length).toBeGreaterThan(6),
      PATIENCE,
    );
    await lights.close();
    const green = written.filter(({ lamp }) => lamp === 'green').slice(0, 6);
    expect(green.map(({ at, on }) => [at, on])).toEqual([
      [0, true],
      [200, false],
      [400, true],
      [600, false],
      [800, true],
      [1000, false],
    ]);
    // Dark from the beginning, and said once.
    expect(written.filter(({ lamp }) => lamp === 'red')).toEqual([{ at: 0, lamp: 'red', on: false }]);
  });

  test('the same pattern again does not begin anew', async () => {
    lights.show('ready');
    await vi.waitFor(() => expect(lit()).toEqual(['green']), PATIENCE);
    const before = written.length;
    lights.show('ready');
    await lights.check();
    expect(written).toHaveLength(before);
  });

  test('of many in a row the last one stays, and nothing of the others', async () => {
    for (let round = 0; round < 200; round++) {
      lights.show(LAMP_PATTERNS[round % LAMP_PATTERNS.length] ?? 'off');
    }
    lights.show('working');
    await vi.waitFor(() => expect(lit()).toEqual(['amber']), PATIENCE);
    expect(clock.asleep).toBe(0);
  });

  test('a lamp that fails is told by the check, and the others go on', async () => {
    broken.add('red');
    lights.show('offline');
    await vi.waitFor(
      () => expect(written.filter(({ lamp }) => lamp === 'amber').length).toBeGreaterThan(3),
      PATIENCE,
    );
    expect(await lights.check()).toEqual({
      name: 'lights',
      ok: false,
      detail: 'test: red cannot be lit',
      advice: 'no such line',
    });
  });

  test('a lamp that failed is left alone for five seconds, and lit again by a check after that', async () => {
    broken.add('green');
    lights.show('ready');
    await vi.waitFor(() => expect(tried).toBe(3), PATIENCE);
    expect((await lights.check()).ok).toBe(false);
    expect(tried).toBe(3);
    broken.clear();
    await clock.sleep(5001);
    expect((await lights.check()).ok).toBe(true);
    expect(lit()).toEqual(['green']);
  });

  test('closing leaves every lamp dark and every line released, and may be done twice', async () => {
    lights.show('offline');
    await vi.waitFor(() => expect(lit()).toContain('green'), PATIENCE);
    await Promise.all([lights.close(), lights.close()]);
    expect(lit()).toEqual([]);
    expect(released).toEqual(['green', 'amber', 'red']);
    lights.show('ready');
    await lights.close();
    expect(lit()).toEqual([]);
    expect(clock.asleep).toBe(0);
  });
});

describe('the light beside the camera', () => {
  const withFace = () => playLights('test', { green: line('green'), face: line('face') }, { clock });
  const faceWrites = () => written.filter(({ lamp }) => lamp === 'face').map(({ on }) => on);

  test('is there only where one is wired', () => {
    expect(lights.faceLight).toBeUndefined();
  });

  test('is dark from the beginning, does what it is told, is in no pattern, and dark at the end', async () => {
    const both = withFace();
    for (const pattern of LAMP_PATTERNS) both.show(pattern);
    expect(await both.faceLight?.set(true)).toBe(true);
    both.show('ready');
    await vi.waitFor(() => expect(seen('green')).toBe(true), PATIENCE);
    expect(faceWrites()).toEqual([false, true]);
    await both.close();
    expect(faceWrites()).toEqual([false, true, false]);
    expect(released).toEqual(['green', 'face']);
    expect(await both.faceLight?.set(true)).toBe(false);
  });

  test('says that it failed, and the check does', async () => {
    broken.add('face');
    const both = withFace();
    expect(await both.faceLight?.set(true)).toBe(false);
    expect((await both.check()).detail).toBe('test: face cannot be lit');
    await both.close();
  });
});

describe('lamps in the configuration', () => {
  const deps = { clock: new VirtualTiming() };
  const invalid = expect.objectContaining({ code: 'LIGHTS_LAMP_INVALID' });

  test.each(['green', '17', -1, 1.5, Number.NaN])('gpio takes no %j', (green) => {
    expect(() => createGpioLights({ lamps: { green } }, deps)).toThrow(invalid);
  });

  test.each([17, '', '.', '..', '../brightness', 'a/b', '/etc/passwd', 'green lamp', 'x\0'])(
    'the LED class takes no %j',
    (green) => {
      expect(() => createLedLights({ lamps: { green } }, deps)).toThrow(invalid);
    },
  );

  test.each(['ACT', 'shop:green:status', 'green-lamp_1', 'led0'])('the LED class takes %j', (green) => {
    expect(() => createLedLights({ lamps: { green } }, deps)).not.toThrow();
  });

  test('none is fine, too', async () => {
    const none = createNoLights();
    none.show('ready');
    expect(await none.check()).toMatchObject({ ok: true });
    await none.close();
  });
});
