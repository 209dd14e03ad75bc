import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LampColour } from '#built/lights/patterns.js';
import { BASE, type Directory, LightsProcess, prepare } from './lights-stage.js';

const PATIENCE = { timeout: 30_000, interval: 10 };
const COLOURS = ['green', 'amber', 'red'] as const;
const LINES = { green: 17, amber: 27, red: 22 };
const LEDS = { green: 'shop:green:status', amber: 'shop:amber:status', red: 'shop:red:status' };

interface Stage {
  readonly directory: Directory;
  readonly lights: LightsProcess;
  /** What the file of a lamp says. */
  read(lamp: LampColour): Promise<string>;
  readonly on: string;
  readonly off: string;
}

async function gpio(options: object = {}): Promise<Stage> {
  const directory = await prepare({ gpio: true });
  const lights = new LightsProcess(directory.path, 'gpio', { lamps: LINES, ...options });
  const read = (lamp: LampColour) => directory.read(`gpio/gpio${BASE + LINES[lamp]}/value`);
  return { directory, lights, read, on: '1', off: '0' };
}

async function leds(options: object = {}): Promise<Stage> {
  const directory = await prepare({ leds: Object.values(LEDS) });
  const lights = new LightsProcess(directory.path, 'leds', { lamps: LEDS, ...options });
  const read = (lamp: LampColour) => directory.read(`leds/${LEDS[lamp]}/brightness`);
  return { directory, lights, read, on: '255', off: '0' };
}

describe.each([
  ['lines through /sys/class/gpio', gpio],
  ['the LED class', leds],
])('the contract of lights: %s', (_name, raise) => {
  let stage: Stage;
  const lit = async (): Promise<LampColour[]> => {
    const states = await Promise.all(COLOURS.map((lamp) => stage.read(lamp).catch(() => 'missing')));
    expect(states.filter((state) => ![stage.on, stage.off].includes(state.trim()))).toEqual([]);
    return COLOURS.filter((_, index) => states[index]?.trim() === stage.on);
  };
  const until = (...lamps: LampColour[]) =>
    vi.waitFor(async () => expect(await lit()).toEqual(lamps), PATIENCE);
  /** A line that came into being a moment too late is tried again by the check. */
  const well = () => vi.waitFor(async () => expect((await stage.lights.check()).ok).toBe(true), PATIENCE);

  beforeEach(async () => {
    stage = await raise();
    await stage.lights.show('off');
    await well();
  });
  afterEach(async () => {
    await stage.lights.end();
    await stage.directory.strike();
  });

  test('the files follow the patterns', async () => {
    for (const [pattern, ...lamps] of [
      ['ready', 'green'],
      ['working', 'amber'],
      ['refused', 'red'],
      ['off'],
      ['ready', 'green'],
    ] as const) {
      await stage.lights.show(pattern);
      await until(...lamps);
    }
  });

  test('blinking lamps go on and off, again and again, and no other', async () => {
    await stage.lights.show('attention');
    for (const _ of [1, 2, 3]) {
      await until('amber');
      await until();
    }
    await stage.lights.show('offline');
    for (const _ of [1, 2]) {
      await until('green');
      await until('green', 'amber');
    }
  });

  test('the check names the lamps', async () => {
    expect(await stage.lights.check()).toMatchObject({
      name: 'lights',
      ok: true,
      detail: expect.stringContaining('green, amber, red'),
    });
  });

  test('closing leaves every lamp dark, in the middle of a pattern, too; and may be done twice', async () => {
    await stage.lights.show('out-of-service');
    await until('red');
    await stage.lights.close();
    expect(await lit()).toEqual([]);
    await stage.lights.close();
    await stage.lights.show('ready');
    expect(await lit()).toEqual([]);
  });
});

describe('lines through /sys/class/gpio', () => {
  let stage: Stage;
  afterEach(async () => {
    await stage.lights.end();
    await stage.directory.strike();
  });

  test('are exported by chip base and offset, made outputs that begin dark, and given back', async () => {
    stage = await gpio();
    await stage.lights.show('ready');
    await vi.waitFor(async () => expect((await stage.lights.check()).ok).toBe(true), PATIENCE);
    const read = (file: string) => stage.directory.read(`gpio/gpio${BASE + LINES.green}/${file}`);
    await vi.waitFor(async () => expect(await read('value')).toBe('1'), PATIENCE);
    expect(await read('direction')).toBe('low');
    expect(await read('active_low')).toBe('0');
    await stage.lights.close();
    expect(await read('value')).toBe('0');
    expect(await stage.directory.read('gpio/unexport')).toBe(String(BASE + LINES.red));
  });

  test('of lamps that are wired the other way round begin dark as well: high, and inverted by the kernel', async () => {
    stage = await gpio({ activeLow: true });
    await stage.lights.show('ready');
    await vi.waitFor(async () => expect((await stage.lights.check()).ok).toBe(true), PATIENCE);
    const read = (file: string) => stage.directory.read(`gpio/gpio${BASE + LINES.red}/${file}`);
    await vi.waitFor(async () => expect(await read('direction')).toBe('high'), PATIENCE);
    expect(await read('active_low')).toBe('1');
  });
});

describe('the LED class', () => {
  let stage: Stage;
  afterEach(async () => {
    await stage.lights.end();
    await stage.directory.strike();
  });

  test('takes the trigger away, and inverts lamps that are wired the other way round', async () => {
    stage = await leds({ activeLow: true });
    await stage.lights.show('ready');
    await vi.waitFor(async () => expect(await stage.read('red')).toBe('255'), PATIENCE);
    expect(await stage.read('green')).toBe('0');
    expect(await stage.directory.read(`leds/${LEDS.green}/trigger`)).toBe('none');
    await stage.lights.close();
    expect(await stage.read('green')).toBe('255');
  });
});
