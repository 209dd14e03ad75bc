import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lightsFault } from './errors.js';

/** A GPIO controller as the kernel's sysfs tells it. */
export interface GpioChip {
  readonly label: string;
  /** Global number of its line 0: 0 on older kernels, 512 on newer ones, 399 or 571 on a Pi 5. */
  readonly base: number;
  readonly lines: number;
}

/** The controllers behind the 40-pin header: Pi 0 to 3, Pi 4, Pi 5. */
const HEADER_LABELS = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];

/** A chip with more lines does not exist; a larger number in sysfs is not believed. */
const MOST_LINES = 4096;

/** Reads every chip below `/sys/class/gpio`; none where the kernel has no such directory. */
export async function listChips(root = '/sys/class/gpio'): Promise<GpioChip[]> {
  const names = await readdir(root).catch(() => []);
  const chips: GpioChip[] = [];
  for (const name of names.filter((each) => /^gpiochip\d+$/.test(each)).sort()) {
    const read = (file: string): Promise<string> =>
      readFile(join(root, name, file), 'utf8').then((text) => text.trim());
    const [label, base, lines] = await Promise.all([read('label'), read('base'), read('ngpio')]).catch(
      () => [],
    );
    if (label === undefined || !/^\d{1,9}$/.test(base ?? '') || !/^\d{1,9}$/.test(lines ?? '')) continue;
    chips.push({ label, base: Number(base), lines: Math.min(Number(lines), MOST_LINES) });
  }
  return chips;
}

/**
 * The chip whose lines the configuration counts: the one with the given label, else the one behind the board's
 * header, else the only one. Throws `LIGHTS_CHIP_UNKNOWN`.
 */
export function chooseChip(chips: readonly GpioChip[], label?: string): GpioChip {
  const named = label === undefined ? undefined : chips.find((each) => each.label === label);
  const header = chips.find((each) => HEADER_LABELS.includes(each.label));
  const [only] = chips.length === 1 ? chips : [];
  const found = label === undefined ? (header ?? only) : named;
  if (found === undefined) {
    throw lightsFault('CHIP_UNKNOWN', {
      details: { chips: chips.length, ...(label === undefined ? {} : { wanted: label }) },
    });
  }
  return found;
}
