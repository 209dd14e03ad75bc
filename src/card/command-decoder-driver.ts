import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Logger } from 'pino';
import type { CardPhoto } from '../domain/card.js';
import type { RgbImage } from '../domain/image.js';
import { runDecoder } from './decoder-process.js';
import { cardFault } from './errors.js';
import { decodePicture } from './photo.js';
import type { PhotoDecoder } from './port.js';

export interface CommandDecoderOptions {
  /** Program and arguments; no shell. WLT arrives on its stdin, BMP or JPEG is expected on its stdout. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/**
 * A decoder that the reader's vendor supplies, as a process of its own per photo: such programs are known to crash
 * and to write past the size they promise.
 */
export function createCommandDecoder(
  options: CommandDecoderOptions,
  deps: { logger?: Logger | undefined } = {},
): PhotoDecoder {
  return {
    async decode(photo: CardPhoto, signal: AbortSignal): Promise<RgbImage> {
      if (photo.kind !== 'wlt') return decodePicture(photo.bytes);
      const output = await runDecoder(options, photo.bytes, signal, deps.logger);
      try {
        return await decodePicture(output);
      } finally {
        output.fill(0);
      }
    },
    async check() {
      const [program = ''] = options.command;
      const found = await findProgram(program);
      const name = 'photo-decoder';
      if (found !== undefined) return { name, ok: true, detail: `${found} is there and may be run` };
      return {
        name,
        ok: false,
        detail: `${program} is not there or may not be run`,
        advice: cardFault('PHOTO_NO_DECODER').advice,
      };
    },
  };
}

/** As the system would find it: a path as it is, a bare name along PATH. */
async function findProgram(program: string): Promise<string | undefined> {
  const places =
    isAbsolute(program) || program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  for (const place of places) {
    const file = place === '' ? program : join(place, program);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {}
  }
  return undefined;
}
