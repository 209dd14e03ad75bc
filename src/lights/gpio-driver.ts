import type { Gpio } from 'onoff';
import { isCountersignError } from '../domain/errors.js';
import { lightsFault } from './errors.js';
import { chooseChip, listChips } from './gpio-chip.js';
import { LAMPS, type Lamp } from './patterns.js';
import { type LampDeps, type LampLine, playLights } from './played-lights.js';
import type { Lights } from './port.js';

export interface GpioLightsOptions {
  /** Line offsets of the chip: on a Raspberry Pi the GPIO numbers of the header. */
  readonly lamps: Readonly<Partial<Record<Lamp, string | number | undefined>>>;
  /** Label of the chip; else the board's header is recognised. */
  readonly chip?: string | undefined;
  /** True where the lamp lights while the line is low. */
  readonly activeLow?: boolean;
}

/** Lamps on GPIO lines through onoff, which speaks the kernel's sysfs interface. */
export function createGpioLights(options: GpioLightsOptions, deps: LampDeps): Lights {
  const lines: Partial<Record<Lamp, LampLine>> = {};
  for (const lamp of LAMPS) {
    const offset = options.lamps[lamp];
    if (offset === undefined) continue;
    if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0) {
      throw lightsFault('LAMP_INVALID', { details: { driver: 'gpio', lamp } });
    }
    lines[lamp] = lazyLine(() => openLine(offset, options), lamp);
  }
  return playLights('gpio', lines, deps);
}

/** Opens the line when it is first needed, and anew after a failure: lamps may never keep the service from starting. */
function lazyLine(open: () => Promise<Gpio>, lamp: Lamp): LampLine {
  let line: Gpio | undefined;
  return {
    async set(on) {
      try {
        line ??= await open();
        await line.write(on ? 1 : 0);
      } catch (cause) {
        close(line);
        line = undefined;
        if (isCountersignError(cause)) throw cause;
        throw lightsFault('LINE_UNAVAILABLE', { cause, details: { driver: 'gpio', lamp } });
      }
    },
    async release() {
      close(line);
      line = undefined;
    },
  };
}

async function openLine(offset: number, { chip, activeLow = false }: GpioLightsOptions): Promise<Gpio> {
  const { base, lines, label } = chooseChip(await listChips(), chip);
  if (offset >= lines) {
    throw lightsFault('LAMP_INVALID', { details: { driver: 'gpio', chip: label, offset, lines } });
  }
  // Loaded here: it brings a native module, which a terminal without GPIO must not need.
  const { Gpio } = await import('onoff');
  // The direction is the electrical level: the lamp stays dark from the first moment.
  return new Gpio(base + offset, activeLow ? 'high' : 'low', undefined, { activeLow });
}

function close(line: Gpio | undefined): void {
  try {
    line?.unexport();
  } catch {
    // The line went away before us.
  }
}
