import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createCommandDecoder } from '#built/card/command-decoder-driver.js';
import type { PhotoDecoder } from '#built/card/port.js';
import { decodeSimulatedWlt, encodeSimulatedWlt } from '#built/simulator/photo-codec.js';
import { bmp } from '../unit/card/pictures.js';
import { emptyPhoto } from '../unit/card/specimens.js';

// Processes are started here: on a machine with much else to do that alone takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const SIMULATE = fileURLToPath(new URL('./card-simulate.mjs', import.meta.url));
const signal = new AbortController().signal;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'card-decoder-'));
  await writeFile(join(directory, 'photo.bmp'), bmp(102, 126));
});
afterAll(() => rm(directory, { recursive: true }));

function shell(script: string, timeoutMs = 60_000): PhotoDecoder {
  return createCommandDecoder({ command: ['/bin/sh', '-c', script], timeoutMs });
}

const wlt = () => ({ kind: 'wlt', bytes: emptyPhoto() }) as const;

async function isAlive(pidFile: string): Promise<boolean> {
  const pid = (await readFile(pidFile, 'utf8')).trim();
  // A zombie has ended: only its parent has not asked yet.
  const state = execFileSync('ps', ['-o', 'stat=', '-p', pid], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return !state.startsWith('Z');
}

/** A kill is carried out a moment after it is sent. */
async function hasEnded(pidFile: string): Promise<void> {
  await vi.waitFor(async () => expect(await isAlive(pidFile).catch(() => false)).toBe(false), {
    timeout: 20_000,
  });
}

describe("a vendor's decoder as a process", () => {
  test('gets the photo on stdin, byte for byte, and its BMP is decoded', async () => {
    const decoder = shell(`cat > ${directory}/seen; cat ${directory}/photo.bmp`);
    const image = await decoder.decode(wlt(), signal);
    expect([image.width, image.height]).toEqual([102, 126]);
    expect(new Uint8Array(await readFile(join(directory, 'seen')))).toEqual(emptyPhoto());
  });

  test('may write a JPEG instead', async () => {
    const picture = sharp({ create: { width: 102, height: 126, channels: 3, background: '#123456' } });
    await picture.jpeg().toFile(join(directory, 'photo.jpg'));
    expect((await shell(`cat ${directory}/photo.jpg`).decode(wlt(), signal)).height).toBe(126);
  });

  test.each([
    ['fails', 'echo broken >&2; exit 3', 'CARD_PHOTO_DECODER_FAILED'],
    ['crashes', 'kill -SEGV $$', 'CARD_PHOTO_DECODER_FAILED'],
    ['writes without end', 'yes', 'CARD_PHOTO_DECODER_FAILED'],
    ['writes nothing', 'cat > /dev/null', 'CARD_PHOTO_INVALID'],
    ['writes no picture', 'echo hello', 'CARD_PHOTO_INVALID'],
  ])('that %s is a fault with a name', async (_name, script, code) => {
    await expect(shell(script).decode(wlt(), signal)).rejects.toMatchObject({ code });
  });

  test('that is not there is a fault, and its examination says so', async () => {
    const decoder = createCommandDecoder({ command: ['/nonexistent/decoder'], timeoutMs: 1000 });
    await expect(decoder.decode(wlt(), signal)).rejects.toMatchObject({ code: 'CARD_PHOTO_DECODER_FAILED' });
    expect(await decoder.check()).toMatchObject({ ok: false });
    expect(await shell('true').check()).toMatchObject({ ok: true });
    expect((await createCommandDecoder({ command: ['sh'], timeoutMs: 1000 }).check()).detail).toMatch(
      /\/sh is there/,
    );
  });

  test('that is too slow is ended with everything it started', async () => {
    const decoder = shell(`sleep 300 & echo $! > ${directory}/slow; wait`, 300);
    await expect(decoder.decode(wlt(), signal)).rejects.toMatchObject({
      code: 'CARD_PHOTO_DECODER_FAILED',
      details: { problem: 'too slow' },
    });
    await hasEnded(join(directory, 'slow'));
  });

  test('that leaves something behind does not keep us waiting, and it is ended', async () => {
    // Its time limit is longer than this test's.
    const decoder = shell(`sleep 300 & echo $! > ${directory}/left; cat ${directory}/photo.bmp`, 600_000);
    expect((await decoder.decode(wlt(), signal)).width).toBe(102);
    await hasEnded(join(directory, 'left'));
  });

  test('is ended when nobody wants the photo any more', async () => {
    const stop = new AbortController();
    const promise = shell('sleep 300', 10_000).decode(wlt(), stop.signal);
    promise.catch(() => {});
    await sleep(100);
    stop.abort();
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('gets none of the secrets in our environment', async () => {
    process.env['COUNTERSIGN_SECRET_OF_A_TEST'] = 'secret';
    const decoder = shell(`env > ${directory}/environment; cat ${directory}/photo.bmp`);
    await decoder.decode(wlt(), signal);
    delete process.env['COUNTERSIGN_SECRET_OF_A_TEST'];
    expect(await readFile(join(directory, 'environment'), 'utf8')).not.toContain('secret');
  });
});

describe('the simulated decoder', () => {
  test('opens as a process what the simulated card holds', async () => {
    const photo = await sharp({ create: { width: 204, height: 252, channels: 3, background: '#c08060' } })
      .png()
      .toBuffer();
    const bytes = await encodeSimulatedWlt(photo);
    const decoder = createCommandDecoder({
      command: [process.execPath, SIMULATE, 'decoder'],
      timeoutMs: 60_000,
    });
    const image = await decoder.decode({ kind: 'wlt', bytes }, signal);
    expect(image).toEqual({ ...(await decodeSimulatedWlt(bytes)), rgb: image.rgb });
    expect(Buffer.compare(image.rgb, (await decodeSimulatedWlt(bytes)).rgb)).toBe(0);
  });

  test('refuses the photo of a real card, which only its vendor can open', async () => {
    const decoder = createCommandDecoder({
      command: [process.execPath, SIMULATE, 'decoder'],
      timeoutMs: 60_000,
    });
    await expect(decoder.decode(wlt(), signal)).rejects.toMatchObject({ code: 'CARD_PHOTO_DECODER_FAILED' });
  });
});
