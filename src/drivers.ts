import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Camera } from './camera/port.js';
import { createStreamCamera } from './camera/stream-driver.js';
import { createWebcamCamera } from './camera/webcam-driver.js';
import { createCommandDecoder } from './card/command-decoder-driver.js';
import { createImageDecoder } from './card/image-decoder-driver.js';
import { createNoDecoder } from './card/no-decoder-driver.js';
import type { CardReader, PhotoDecoder } from './card/port.js';
import { createSamVReader } from './card/sam-v-driver.js';
import type { Clock } from './clock/port.js';
import { createSystemClock } from './clock/system-driver.js';
import type { Config } from './config/schema.js';
import { openFace } from './face/open-face.js';
import type { FaceComparer } from './face/port.js';
import { createGpioLights } from './lights/gpio-driver.js';
import { createLedLights } from './lights/leds-driver.js';
import { createNoLights } from './lights/none-driver.js';
import type { Lights } from './lights/port.js';
import { openNodeSqliteStore } from './outbox/node-sqlite-driver.js';
import type { OpenStore } from './outbox/store.js';

/** The one table from a driver's name in the configuration to the driver. */

export interface DriverContext {
  readonly clock: Clock;
  readonly logger?: Logger;
}

export function makeClock(options: { floor?: string } = {}): Clock {
  return createSystemClock(options);
}

export function makeReader(config: Config['reader'], context: DriverContext): CardReader {
  const { path, match, baudRate, pollMs, rfBytes } = config;
  return createSamVReader(
    {
      baudRate,
      pollMs,
      ...(path === undefined ? {} : { path }),
      ...(match === undefined ? {} : { match }),
      ...(rfBytes === undefined ? {} : { rfBytes }),
    },
    context,
  );
}

export function makeDecoder(config: Config['photoDecoder'], context: { logger?: Logger } = {}): PhotoDecoder {
  switch (config.driver) {
    case 'command':
      return createCommandDecoder({ command: config.command, timeoutMs: config.timeoutMs }, context);
    case 'image':
      return createImageDecoder();
    case 'none':
      return createNoDecoder();
  }
}

export function makeCamera(config: Config['camera'], context: DriverContext): Camera {
  return config.driver === 'stream'
    ? createStreamCamera(config, context)
    : createWebcamCamera(config, context);
}

/** Engines are loaded inside the face's own thread, hence by address. */
const ENGINES = {
  onnx: new URL('./face/onnx-driver.js', import.meta.url),
  tfjs: new URL('./face/tfjs-driver.js', import.meta.url),
};

/** What runs the networks outside a visit (`face evaluate`): engines in the order in which they are tried, files. */
export function faceRuntime({ engine, models }: Config['face']): { engines: URL[]; modelsDirectory: string } {
  return {
    engines: engine === 'auto' ? [ENGINES.onnx, ENGINES.tfjs] : [ENGINES[engine]],
    modelsDirectory: models ?? fileURLToPath(new URL('../models', import.meta.url)),
  };
}

export function makeFace(
  config: Config['face'],
  context: { stateDirectory?: string; logger?: Logger } = {},
): Promise<FaceComparer> {
  const { stateDirectory, logger } = context;
  return openFace(
    {
      engine: config.engine,
      engines: ENGINES,
      modelsDirectory: config.models ?? fileURLToPath(new URL('../models', import.meta.url)),
      ...(stateDirectory === undefined
        ? {}
        : { stateDirectory, packsDirectory: join(stateDirectory, 'models') }),
      ...(config.packSigners === undefined ? {} : { packSigners: config.packSigners }),
    },
    logger === undefined ? {} : { logger },
  );
}

export async function makeLights(config: Config['lights'], context: DriverContext): Promise<Lights> {
  switch (config.driver) {
    case 'gpio':
      return createGpioLights(config, context);
    case 'leds':
      return createLedLights(config, context);
    case 'none':
      return createNoLights();
  }
}

/** Loaded when it is chosen: a native library that a single check by a technician does not need. */
const openSqlite3Store: OpenStore = async (...how) =>
  (await import('./outbox/sqlite3-driver.js')).openSqlite3Store(...how);

/** `auto`: the runtime's own SQLite where it has one that is new enough, else the sqlite3 package. */
export function chooseStore(name: Config['outbox']['store']): OpenStore {
  const builtIn = process.getBuiltinModule?.('node:sqlite') !== undefined;
  return name === 'node-sqlite' || (name === 'auto' && builtIn) ? openNodeSqliteStore : openSqlite3Store;
}
