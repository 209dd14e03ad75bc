import { access, constants, statfs } from 'node:fs/promises';
import { readFloor } from '../clock/floor.js';
import type { Config } from '../config/schema.js';
import type { Check } from '../domain/check.js';
import { isCountersignError } from '../domain/errors.js';
import { makeCamera, makeClock, makeDecoder, makeFace, makeLights, makeReader } from '../drivers.js';
import { loadIdentity } from '../identity/load-identity.js';
import { tryBroker } from '../uplink/try-broker.js';
import { parsePolicy } from '../visit/policy.js';

export type DoctorCheck = (config: Config) => Promise<Check>;

/** Below this the service refuses new visits soon (a report is about 4 KB; SQLite and its log need room). */
const LEAST_FREE_MB = 64;

/** In the order in which a technician would go about it. */
export const CHECKS: Readonly<Record<string, DoctorCheck>> = {
  configuration: async (config) => {
    const { version } = parsePolicy(config.policy);
    return { name: 'configuration', ok: true, detail: `valid; policy ${version}` };
  },
  models: (config) =>
    withPart(makeFace(config.face, { stateDirectory: config.stateDirectory }), (face) => face.check()),
  reader: (config) => withPart(makeReader(config.reader, { clock: makeClock() }), (reader) => reader.check()),
  decoder: (config) => makeDecoder(config.photoDecoder).check(),
  camera: (config) => withPart(makeCamera(config.camera, { clock: makeClock() }), (camera) => camera.check()),
  lights: (config) => withPart(makeLights(config.lights, { clock: makeClock() }), (lights) => lights.check()),
  disk: checkDisk,
  clock: checkClock,
  identity: async (config) => {
    const { terminal, site, signer } = await loadIdentity(config, { clock: makeClock() });
    return { name: 'identity', ok: true, detail: `terminal ${terminal} at ${site}, key in ${signer.tier}` };
  },
  broker: checkBroker,
};

async function withPart<Part extends { close(): Promise<void> }>(
  opening: Part | Promise<Part>,
  check: (part: Part) => Promise<Check>,
): Promise<Check> {
  const part = await opening;
  try {
    return await check(part);
  } finally {
    await part.close();
  }
}

async function checkDisk({ stateDirectory }: Config): Promise<Check> {
  try {
    await access(stateDirectory, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = await statfs(stateDirectory);
    const freeMb = Math.floor((bavail * bsize) / 1024 / 1024);
    const ok = freeMb >= LEAST_FREE_MB;
    return {
      name: 'disk',
      ok,
      detail: `${stateDirectory}: ${freeMb} MB free`,
      ...(ok ? {} : { advice: `Free at least ${LEAST_FREE_MB} MB, or use a larger SD card.` }),
    };
  } catch (error) {
    return {
      name: 'disk',
      ok: false,
      detail: `${stateDirectory}: ${(error as NodeJS.ErrnoException).code ?? 'unusable'}`,
      advice: 'Create the directory, or name another with --set stateDirectory=DIR.',
    };
  }
}

async function checkClock({ stateDirectory }: Config): Promise<Check> {
  const floor = await readFloor(stateDirectory);
  const { at, confidence } = makeClock(floor === undefined ? {} : { floor }).now();
  const ok = confidence !== 'none';
  return {
    name: 'clock',
    ok,
    detail: `${at} (${confidence})`,
    ...(ok
      ? {}
      : { advice: 'Connect the network so that NTP can set the clock, or set it by hand with timedatectl.' }),
  };
}

async function checkBroker(config: Config): Promise<Check> {
  const identity = await loadIdentity(config, { clock: makeClock() });
  const { url } = identity.broker;
  try {
    await tryBroker({ terminal: identity.terminal, ...config.uplink }, identity.broker);
    return { name: 'broker', ok: true, detail: `${url} answers` };
  } catch (error) {
    return {
      name: 'broker',
      ok: false,
      detail: `${url}: ${problemOf(error)}`,
      advice: 'Check cable, address and certificate; the terminal works on without and keeps its reports.',
    };
  }
}

function problemOf(error: unknown): string {
  if (!isCountersignError(error)) return error instanceof Error ? error.message : String(error);
  const { code, details } = error;
  return 'reason' in details ? `${code} (reason ${details['reason']})` : code;
}
