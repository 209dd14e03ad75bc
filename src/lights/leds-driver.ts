import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lightsFault } from './errors.js';
import { LAMPS, type Lamp } from './patterns.js';
import { type LampDeps, type LampLine, playLights } from './played-lights.js';
import type { Lights } from './port.js';

export interface LedLightsOptions {
  /** Names below /sys/class/leds. */
  readonly lamps: Readonly<Partial<Record<Lamp, string | number | undefined>>>;
  /** For a lamp that is wired the wrong way round and not declared so to the kernel. */
  readonly activeLow?: boolean;
}

const LEDS = '/sys/class/leds';
/** The kernel's naming: device:colour:function. A name is one level of a path and no more. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_:.-]*$/;

/** Lamps of the kernel's LED class: a stable interface that needs no library and survives the process. */
export function createLedLights(options: LedLightsOptions, deps: LampDeps): Lights {
  const lines: Partial<Record<Lamp, LampLine>> = {};
  for (const lamp of LAMPS) {
    const name = options.lamps[lamp];
    if (name === undefined) continue;
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw lightsFault('LAMP_INVALID', { details: { driver: 'leds', lamp } });
    }
    lines[lamp] = openLed(join(LEDS, name), options.activeLow === true, lamp);
  }
  return playLights('leds', lines, deps);
}

function openLed(directory: string, activeLow: boolean, lamp: Lamp): LampLine {
  let brightest: string | undefined;

  const set = async (on: boolean): Promise<void> => {
    try {
      if (brightest === undefined) {
        // Else the kernel's own trigger (heartbeat, mmc) goes on writing to the lamp.
        await writeFile(join(directory, 'trigger'), 'none');
        const most = Number.parseInt(await readFile(join(directory, 'max_brightness'), 'utf8'), 10);
        brightest = String(Number.isInteger(most) && most > 0 ? most : 1);
      }
      await writeFile(join(directory, 'brightness'), on === activeLow ? '0' : brightest);
    } catch (cause) {
      // The lamp may come back under the same name, with its trigger on again.
      brightest = undefined;
      throw lightsFault('LINE_UNAVAILABLE', { cause, details: { driver: 'leds', lamp } });
    }
  };
  return { set, release: async () => {} };
}
