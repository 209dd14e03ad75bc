import type { Logger } from 'pino';
import { type LineAddress, openSerialLine } from './line.js';
import type { CardReader } from './port.js';
import { ReaderMachine } from './reader-machine.js';
import type { Timing } from './timing.js';

export interface SamVReaderOptions extends LineAddress {
  readonly baudRate: 'auto' | number;
  readonly pollMs: number;
  /** Largest radio block, 24 to 255 bytes: only for a reader whose maker asks for it. */
  readonly rfBytes?: number | undefined;
}

/** A reader with a SAM_V or SAM_A module on a serial line. */
export function createSamVReader(
  options: SamVReaderOptions,
  deps: { clock: Timing; logger?: Logger | undefined },
): CardReader {
  const { path, match, baudRate, pollMs, rfBytes } = options;
  const address = { ...(path === undefined ? {} : { path }), ...(match === undefined ? {} : { match }) };
  return new ReaderMachine(
    { openLine: (rate) => openSerialLine(address, rate), baudRate, pollMs, rfBytes },
    { timing: deps.clock, logger: deps.logger },
  );
}
