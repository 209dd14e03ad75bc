import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '#built/domain/image.js';
import { renderCardPhoto } from '#built/simulator/people/card-photo.js';
import { CAST } from '#built/simulator/people/cast.js';
import { AT_EASE } from '#built/simulator/people/pose.js';
import { renderPerson } from '#built/simulator/people/render-person.js';

const SCRIPT = new URL('../../scripts/arm64-compare', import.meta.url).pathname;

async function save({ width, height, rgb }: RgbImage, file: string): Promise<string> {
  await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}

// On an arm64 board the rest of the suite is this test.
describe.runIf(process.arch === 'x64')('the processor of the terminals', () => {
  it('gives the same score as this one, with its own Node, network run time and image library', async () => {
    const [person] = CAST;
    if (person === undefined) throw new Error('the cast is empty');
    const directory = await mkdtemp(join(tmpdir(), 'arm64-'));
    try {
      const probe = await save(await renderPerson(person, AT_EASE), join(directory, 'probe.png'));
      const reference = await save(await renderCardPhoto(person), join(directory, 'card.png'));
      const { stdout } = await promisify(execFile)('bash', [SCRIPT, probe, reference]);
      const { x64, arm64 } = JSON.parse(stdout) as { x64: number; arm64: number };
      expect(x64).toBeGreaterThan(0.6);
      expect(Math.abs(x64 - arm64)).toBeLessThan(1e-3);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 900_000);
});
