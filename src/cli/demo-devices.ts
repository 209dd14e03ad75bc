import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CardFields } from '../domain/card.js';
import type { SimulatorBar } from '../screen/port.js';
import { cardFieldsOf } from '../simulator/people/card-fields.js';
import { CAST, type Person } from '../simulator/people/cast.js';
import { renderCardPhoto } from '../simulator/people/render-card-photo.js';
import { encodeSimulatedWlt } from '../simulator/photo-codec.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** How the service is to call this very program for a simulated far side. */
export function simulateCommandLine(...parts: string[]): string[] {
  return [process.execPath, MAIN, 'simulate', ...parts];
}

export interface DemoCard {
  readonly id: string;
  readonly label: string;
  readonly fields: CardFields;
  readonly file: string;
}

export interface DemoDevices extends SimulatorBar {
  readonly readerPath: string;
  readonly cameraCommand: string[];
  readonly decoderCommand: string[];
  card(id: string): DemoCard;
  close(): Promise<void>;
}
