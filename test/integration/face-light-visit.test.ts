import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { BASE, type Directory, prepare } from '../contract/lights-stage.js';
import { createTerminalWorld, type TerminalWorld } from './terminal-world.js';

const LINE = 23;
const VALUE = `/sys/class/gpio/gpio${BASE + LINE}/value`;

/**
 * The whole service with the kernel's GPIO files: it switches the light, the simulated camera sees what the line says.
 */
describe('a visit in the light beside the camera', () => {
  let directory: Directory | undefined;
  let world: TerminalWorld | undefined;
  afterEach(async () => {
    await world?.close();
    await directory?.strike();
  });

  /** What the camera's room is lit by: a file, or nothing. */
  async function visit(lamp: string | undefined, policy: object = {}) {
    directory = await prepare({ gpio: true });
    world = await createTerminalWorld(({ cameraCommand }) => ({
      camera: {
        driver: 'stream',
        command: lamp === undefined ? cameraCommand : [...cameraCommand, '--light', lamp],
        startTimeoutMs: 20_000,
      },
      lights: { driver: 'gpio', lamps: { face: LINE } },
      policy: { attempts: 1, ...policy },
    }));
    const service = await world.startService(directory.path);
    const [{ id: person } = { id: '' }] = world.devices.people();
    return world.visit(service, { service: 'new-number', people: [{ person, card: person }] });
  }

  it('verifies a person whose face follows it, and leaves it dark', async () => {
    expect(await visit(VALUE)).toMatchObject({ outcome: 'verified' });
    expect(await directory?.read(`gpio/gpio${BASE + LINE}/value`)).toBe('0');
  }, 60_000);

  it('refuses a recording that no light was switched in', async () => {
    expect(await visit(undefined)).toMatchObject({
      outcome: 'inconclusive',
      reasons: ['liveness-not-shown'],
    });
  }, 60_000);

  it('lets such a face pass where the carrier only suspects: at a counter in full sun', async () => {
    expect(await visit(undefined, { faceLight: 'suspect' })).toMatchObject({ outcome: 'verified' });
  }, 60_000);

  it('refuses a recording in the light of another session', async () => {
    const other = await mkdtemp(join(tmpdir(), 'other-light-'));
    const lamp = join(other, 'value');
    const over = new AbortController();
    const { signal } = over;
    const flashing = (async () => {
      while (!signal.aborted) {
        await writeFile(lamp, String(randomInt(2)));
        await sleep(250, undefined, { signal }).catch(() => {});
      }
    })();
    try {
      const { outcome, reasons } = await visit(lamp);
      // Most are told for what they are; a few recordings change too seldom for more than a doubt.
      expect(['not-verified attack-suspected', 'inconclusive liveness-not-shown']).toContain(
        [outcome, ...(reasons ?? [])].join(' '),
      );
    } finally {
      over.abort();
      await flashing;
      await rm(other, { recursive: true });
    }
  }, 60_000);
});
