import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseChip, listChips } from '#built/lights/gpio-chip.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chips-'));
});
afterEach(() => rm(root, { recursive: true }));

async function chip(name: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(root, name));
  for (const [file, text] of Object.entries(files)) await writeFile(join(root, name, file), text);
}

describe('the chips of /sys/class/gpio', () => {
  test('are read with base and number of lines; what is half there or nonsense is passed over', async () => {
    await chip('gpiochip512', { label: 'pinctrl-bcm2711\n', base: '512\n', ngpio: '58\n' });
    await chip('gpiochip570', { label: 'raspberrypi-exp-gpio\n', base: '570\n', ngpio: '8\n' });
    await chip('gpiochip600', { label: 'half\n', base: '600\n' });
    await chip('gpiochip700', { label: 'odd\n', base: '-1\n', ngpio: '8\n' });
    await chip('gpiochip800', { label: 'vast\n', base: '800\n', ngpio: '999999999\n' });
    await chip('gpio529', { value: '0\n' });
    expect(await listChips(root)).toEqual([
      { label: 'pinctrl-bcm2711', base: 512, lines: 58 },
      { label: 'raspberrypi-exp-gpio', base: 570, lines: 8 },
      { label: 'vast', base: 800, lines: 4096 },
    ]);
    expect(await listChips(join(root, 'missing'))).toEqual([]);
  });

  const other = { label: 'raspberrypi-exp-gpio', base: 570, lines: 8 };

  test.each([
    ['Raspberry Pi 3, older kernel', { label: 'pinctrl-bcm2835', base: 0, lines: 54 }],
    ['Raspberry Pi 4, newer kernel', { label: 'pinctrl-bcm2711', base: 512, lines: 58 }],
    ['Raspberry Pi 5', { label: 'pinctrl-rp1', base: 571, lines: 54 }],
  ])('the one behind the header is recognised: %s', (_board, header) => {
    expect(chooseChip([other, header])).toBe(header);
  });

  test('a named one is taken, and no other in its place', () => {
    const header = { label: 'pinctrl-rp1', base: 571, lines: 54 };
    expect(chooseChip([other, header], 'raspberrypi-exp-gpio')).toBe(other);
    expect(() => chooseChip([header], 'mcp23017')).toThrow(
      expect.objectContaining({ code: 'LIGHTS_CHIP_UNKNOWN' }),
    );
  });

  test('the only one there is taken; of several unknown ones none is guessed', () => {
    expect(chooseChip([other])).toBe(other);
    const fault = expect.objectContaining({ code: 'LIGHTS_CHIP_UNKNOWN' });
    expect(() => chooseChip([other, { ...other, label: 'x' }])).toThrow(fault);
    expect(() => chooseChip([])).toThrow(fault);
  });
});
