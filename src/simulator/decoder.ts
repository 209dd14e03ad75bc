import type { Readable, Writable } from 'node:stream';
import { decodeSimulatedWlt } from './photo-codec.js';

/** Nothing larger than a card photo is waited for. */
const MOST_INPUT_BYTES = 4096;

/** What a vendor's decoder does: a card photo on stdin, its picture as BMP on stdout. */
export async function runSimulatedDecoder(input: Readable, output: Writable): Promise<void> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input) {
    pieces.push(Buffer.from(piece as Uint8Array));
    bytes += pieces.at(-1)?.length ?? 0;
    if (bytes > MOST_INPUT_BYTES) throw new RangeError('more than a card photo on stdin');
  }
  const { width, height, rgb } = await decodeSimulatedWlt(Buffer.concat(pieces));
  const bmp = encodeBmp(width, height, rgb);
  await new Promise<void>((resolve, reject) => {
    output.write(bmp, (error) => (error ? reject(error) : resolve()));
  });
}

/** 24-bit BMP as vendors' decoders write it: rows bottom-up in BGR, each padded to four bytes. */
function encodeBmp(width: number, height: number, rgb: Uint8Array): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + row * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(row * height, 34);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 3;
      const to = 54 + (height - 1 - y) * row + x * 3;
      file[to] = rgb[from + 2] ?? 0;
      file[to + 1] = rgb[from + 1] ?? 0;
      file[to + 2] = rgb[from] ?? 0;
    }
  }
  return file;
}
