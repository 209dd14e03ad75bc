import sharp from 'sharp';
import { z } from 'zod';
import { Random } from '../people/random.js';

const effectSchema = z
  .strictObject({
    freeze: z.literal(true).optional().describe('the picture before, byte for byte'),
    black: z.literal(true).optional().describe('a black picture'),
    half: z.literal(true).optional().describe('only the first half of the JPEG'),
    bomb: z.literal(true).optional().describe('a header that claims 65,500 by 65,500 pixels'),
    huge: z.int().min(1).max(200_000_000).optional().describe('a right JPEG padded by so many bytes'),
    garbage: z.int().min(1).max(50_000_000).optional().describe('so many random bytes before the picture'),
    skip: z.literal(true).optional().describe('no picture'),
    delayMs: z.int().min(0).max(600_000).optional().describe('the picture comes so much later'),
    hang: z.literal(true).optional().describe('nothing more is written; the process stays'),
    exit: z.int().min(0).max(255).optional().describe('the process ends with this code, after the picture'),
  })
  .readonly();

export const cameraFaultSchema = z.strictObject({
  skip: z.int().min(0).default(0).describe('let so many pictures pass first'),
  times: z.int().min(1).default(1).describe('then do it to so many; a large number for always'),
  every: z.int().min(1).default(1).describe('of those, to each so-many-th'),
  do: effectSchema,
});

export const cameraFaultFileSchema = z.strictObject({
  seed: z.int().default(1),
  faults: z.array(cameraFaultSchema).max(1000),
});

export type CameraFault = z.infer<typeof cameraFaultSchema>;
export type CameraFaultEffect = z.infer<typeof effectSchema>;

/** Counts pictures and says what befalls each. Several faults may strike the same picture: they add up. */
export class CameraFaults {
  readonly #faults: { readonly fault: CameraFault; seen: number }[] = [];
  readonly #random: Random;
  #last: Uint8Array | undefined;

  constructor(seed = 1) {
    this.#random = new Random(seed);
  }

  /** Adds a fault that counts from now. */
  add(fault: CameraFault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  /** What befalls the next picture; empty when nothing does. */
  next(): CameraFaultEffect {
    const effects: CameraFaultEffect[] = [];
    for (const entry of this.#faults) {
      const { skip, times, every } = entry.fault;
      const turn = entry.seen - skip;
      entry.seen += 1;
      if (turn >= 0 && turn < times * every && turn % every === 0) effects.push(entry.fault.do);
    }
    return Object.assign({}, ...effects) as CameraFaultEffect;
  }

  /** The bytes that go out for a picture that is a right JPEG. */
  async apply(effect: CameraFaultEffect, jpeg: Uint8Array): Promise<Uint8Array> {
    let bytes = effect.freeze && this.#last !== undefined ? this.#last : jpeg;
    if (effect.black) bytes = await blackPicture();
    this.#last = bytes;
    if (effect.bomb) bytes = claimSize(bytes, 65_500);
    if (effect.huge !== undefined) bytes = pad(bytes, effect.huge);
    if (effect.half) bytes = bytes.subarray(0, Math.floor(bytes.length / 2));
    if (effect.skip) bytes = new Uint8Array(0);
    if (effect.garbage !== undefined) {
      const garbage = Uint8Array.from({ length: effect.garbage }, () =>
        Math.floor(this.#random.next() * 256),
      );
      bytes = Buffer.concat([garbage, bytes]);
    }
    return bytes;
  }
}

let black: Promise<Uint8Array> | undefined;

function blackPicture(): Promise<Uint8Array> {
  black ??= sharp({ create: { width: 640, height: 480, channels: 3, background: '#000' } })
    .jpeg({ quality: 85 })
    .toBuffer();
  return black;
}

/** Comments between the start of the picture and its first segment: a right JPEG, only large. */
function pad(jpeg: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [jpeg.subarray(0, 2)];
  for (let left = length; left > 0; left -= 65_000) {
    const size = Math.max(2, Math.min(left, 65_000) - 2);
    const segment = new Uint8Array(size + 2).fill(0x20);
    segment.set([0xff, 0xfe, size >> 8, size & 255]);
    parts.push(segment);
  }
  parts.push(jpeg.subarray(2));
  return Buffer.concat(parts);
}

/** Writes another width and height into the frame header (SOF0 or SOF2). */
function claimSize(jpeg: Uint8Array, side: number): Uint8Array {
  const bytes = Uint8Array.from(jpeg);
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xc0 || marker === 0xc2) {
      bytes.set([side >> 8, side & 255, side >> 8, side & 255], at + 5);
      break;
    }
    at += 2 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0);
  }
  return bytes;
}
