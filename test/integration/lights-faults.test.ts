import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { addLed, type Directory, LightsProcess, prepare, spawnInside } from '../contract/lights-stage.js';

const PATIENCE = { timeout: 30_000, interval: 50 };
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

let directory: Directory | undefined;
let lights: LightsProcess | undefined;
afterEach(async () => {
  await lights?.end();
  await directory?.strike();
});

const start = (driver: 'gpio' | 'leds', options: object): LightsProcess => {
  lights = new LightsProcess(directory?.path ?? '', driver, options);
  return lights;
};

describe('lamps that cannot be had', () => {
  test.each([
    ['no GPIO in this kernel', { leds: [] }, { lamps: { green: 17 } }, 'LIGHTS_CHIP_UNKNOWN'],
    [
      'no chip of that name',
      { gpio: true },
      { lamps: { green: 17 }, chip: 'mcp23017' },
      'LIGHTS_CHIP_UNKNOWN',
    ],
    ['no such line on the chip', { gpio: true }, { lamps: { green: 99 } }, 'LIGHTS_LAMP_INVALID'],
  ])('gpio: %s is told, and the service goes on', async (_what, prepared, options, code) => {
    directory = await prepare(prepared);
    const process = start('gpio', options);
    await process.show('ready');
    await vi.waitFor(async () => {
      const check = await process.check();
      expect(check).toMatchObject({ ok: false, detail: 'gpio: green cannot be lit' });
      expect(check.advice).toContain(code);
    }, PATIENCE);
    await process.show('verified');
    await process.close();
  });

  test('gpio: lines that may not be written are told, and the service goes on', async () => {
    directory = await prepare({ gpio: true });
    await rm(join(directory.path, 'gpio/export'));
    await writeFile(join(directory.path, 'gpio/export'), '');
    await writeFile(join(directory.path, 'gpio/denied'), '');
    const process = start('gpio', { lamps: { green: 17, red: 22 } });
    await process.show('ready');
    await vi.waitFor(async () => {
      const check = await process.check();
      expect(check).toMatchObject({ ok: false, detail: 'gpio: green, red cannot be lit' });
      expect(check.advice).toContain('LIGHTS_LINE_UNAVAILABLE');
    }, PATIENCE);
    await process.close();
  });

  test('leds: a lamp that may not be written is told', async () => {
    directory = await prepare({ leds: ['green'] });
    await writeFile(join(directory.path, 'leds/denied'), '');
    const process = start('leds', { lamps: { green: 'green' } });
    await process.show('ready');
    await vi.waitFor(async () => {
      const check = await process.check();
      expect(check.ok).toBe(false);
      expect(check.advice).toContain('LIGHTS_LINE_UNAVAILABLE');
    }, PATIENCE);
    await process.close();
  });

  test('leds: one that goes away is told, the others go on, and it is lit again when it is back', async () => {
    directory = await prepare({ leds: ['green', 'amber'] });
    const { path, read } = directory;
    const process = start('leds', { lamps: { green: 'green', amber: 'amber' } });
    await process.show('offline');
    await vi.waitFor(async () => expect(await read('leds/green/brightness')).toBe('255'), PATIENCE);
    await rename(join(path, 'leds/amber'), join(path, 'amber-unplugged'));
    await vi.waitFor(async () => {
      const check = await process.check();
      expect(check.detail).toBe('leds: amber cannot be lit');
    }, PATIENCE);
    expect(await read('leds/green/brightness')).toBe('255');
    await addLed(path, 'amber');
    await vi.waitFor(async () => expect((await process.check()).ok).toBe(true), PATIENCE);
    await vi.waitFor(async () => expect(await read('leds/amber/brightness')).toBe('255'), PATIENCE);
    expect(await read('leds/amber/trigger')).toBe('none');
    await process.close();
  });
});

describe('countersign lights test', () => {
  async function run(lamps: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const config = join(directory?.path ?? '', 'config.yaml');
    await writeFile(config, `lights: ${lamps}\n`);
    const words = ['lights', 'test', '--seconds', '0.1', '--json', '--config', config];
    const child = spawnInside(directory?.path ?? '', process.execPath, MAIN, ...words);
    const ended = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ended.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      ended.stderr += text;
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...ended };
  }

  test('shows every pattern on the lamps and ends with 0, all dark', async () => {
    directory = await prepare({ leds: ['green', 'amber', 'red'] });
    const { code, stdout, stderr } = await run(
      '{driver: leds, lamps: {green: green, amber: amber, red: red}}',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, detail: 'leds: green, amber, red' });
    for (const lamp of ['green', 'amber', 'red'])
      expect(await directory.read(`leds/${lamp}/brightness`)).toBe('0');
  });

  test('ends with 3 where a lamp is not there, and says what to do', async () => {
    directory = await prepare({ leds: ['green'] });
    const { code, stdout, stderr } = await run('{driver: leds, lamps: {green: green, red: red}}');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, detail: 'leds: red cannot be lit' });
    expect(stderr).toContain('LIGHTS_LINE_UNAVAILABLE');
  });

  test('ends with 3 where the configuration names no lamp that could be', async () => {
    directory = await prepare({ leds: ['green'] });
    const { code, stderr } = await run('{driver: leds, lamps: {green: ../../etc/passwd}}');
    expect(code).toBe(3);
    expect(stderr).toContain('LIGHTS_LAMP_INVALID');
  });
});
