import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { RgbImage } from '../../domain/image.js';
import type { CameraFaults } from './camera-faults.js';
import type { Room } from './room.js';

export interface CameraSettings {
  readonly room: Room;
  readonly faults: CameraFaults;
  readonly output: Writable;
  /** Pictures a second. */
  readonly fps: number;
  /** Called before each picture with the milliseconds since the first: the place to change the room. */
  readonly before: (ms: number) => Promise<void>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** JPEG as a camera's own encoder makes it. */
const QUALITY = 85;

/**
 * Writes picture after picture, JPEGs back to back as `rpicam-vid --codec mjpeg` does, until the signal is aborted or a
 * fault ends it. Resolves with the exit code that is wanted. A reader that is too slow holds it up, as a pipe does.
 */
export async function runCamera(settings: CameraSettings): Promise<number> {
  const { room, faults, signal, fps } = settings;
  const encoded = new WeakMap<RgbImage, Uint8Array>();
  const start = performance.now();
  const pause = 1000 / fps;
  let due = 0;
  try {
    while (!signal.aborted) {
      const ms = due === 0 ? 0 : performance.now() - start;
      await settings.before(ms);
      const picture = await room.look(ms);
      const jpeg = encoded.get(picture) ?? (await encodeJpeg(picture));
      encoded.set(picture, jpeg);
      const effect = faults.next();
      const bytes = await faults.apply(effect, jpeg);
      if (effect.delayMs !== undefined) await sleep(effect.delayMs, undefined, { signal });
      if (effect.hang) await sleep(2 ** 31 - 1, undefined, { signal });
      await write(settings.output, bytes, signal);
      if (effect.exit !== undefined) return effect.exit;
      // One that comes late is made up for by the next; what would come much later is left out.
      due = Math.max(due + pause, performance.now() - start - 2 * pause);
      await sleep(Math.max(0, due - (performance.now() - start)), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 0;
}

export async function encodeJpeg({ width, height, rgb }: RgbImage): Promise<Uint8Array> {
  return await sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

async function write(output: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (bytes.length === 0 || output.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      output.off('drain', done).off('close', done);
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const stop = (): void => {
      output.off('drain', done).off('close', done);
      reject(signal.reason);
    };
    output.once('drain', done).once('close', done);
    signal.addEventListener('abort', stop, { once: true });
  });
}
