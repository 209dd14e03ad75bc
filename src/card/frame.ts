/**
 * Frames of the SAM_V serial protocol: preamble (5), length big-endian (2), body, XOR (1).
 *
 * The length counts everything after itself, the XOR byte included; the XOR covers length and body.
 */
const PREAMBLE = Buffer.from([0xaa, 0xaa, 0xaa, 0x96, 0x69]);
const HEADER_BYTES = 7;

/** Longest legal length field (0x090A): text, photo and two fingerprints. Nothing longer is ever waited for. */
export const MOST_LENGTH = 0x090a;

/** Largest number of bytes that a frame, and therefore a parser, can hold. */
export const MOST_FRAME_BYTES = HEADER_BYTES + MOST_LENGTH;

/** Shortest bodies with their XOR: a command with its parameter; three status bytes. */
export const LEAST_COMMAND_LENGTH = 3;
export const LEAST_ANSWER_LENGTH = 4;

/** XOR of all bytes of `bytes` from `from` up to, not including, `to`. */
function xor(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) value ^= bytes[index] ?? 0;
  return value;
}

/** Wraps a body (command and parameter, or status and data) into a frame. */
export function encodeFrame(body: Uint8Array): Uint8Array {
  const length = body.length + 1;
  if (length > MOST_LENGTH) throw new RangeError(`a frame holds at most ${MOST_LENGTH - 1} bytes of body`);
  const frame = new Uint8Array(HEADER_BYTES + length);
  frame.set(PREAMBLE, 0);
  frame[5] = length >> 8;
  frame[6] = length & 0xff;
  frame.set(body, HEADER_BYTES);
  frame[frame.length - 1] = xor(frame, 5, frame.length - 1);
  return frame;
}

export interface FrameLimits {
  /** Shortest and longest length field to believe; a nearer limit finds its feet sooner after noise. */
  readonly least: number;
  readonly most: number;
}

/**
 * Finds frames in a stream, however it is cut and whatever lies between them.
 *
 * A candidate that turns out wrong costs one byte, not the buffer, because a good frame may begin inside it: this is
 * how a preamble within a photo and a frame that was cut short are survived. A gap in time never ends a frame (USB
 * bridges pause in the middle). Memory is one maximal frame, taken once; it is overwritten as soon as a frame leaves,
 * because the bytes are a person's data.
 */
export class FrameParser {
  readonly #limits: FrameLimits;
  readonly #buffer: Buffer;
  #used = 0;

  constructor(limits: FrameLimits = { least: LEAST_ANSWER_LENGTH, most: MOST_LENGTH }) {
    this.#limits = { least: limits.least, most: Math.min(limits.most, MOST_LENGTH) };
    this.#buffer = Buffer.alloc(HEADER_BYTES + this.#limits.most);
  }

  /** Bytes held back because a frame may have begun with them. */
  get pending(): number {
    return this.#used;
  }

  /** Takes the next piece of the stream; returns the bodies (without XOR) of the frames that became complete. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bodies: Uint8Array[] = [];
    let taken = 0;
    while (taken < chunk.length) {
      const room = this.#buffer.length - this.#used;
      const part = chunk.subarray(taken, taken + room);
      this.#buffer.set(part, this.#used);
      this.#used += part.length;
      taken += part.length;
      this.#scan(bodies);
    }
    return bodies;
  }

  /** Forgets and overwrites everything. */
  clear(): void {
    this.#buffer.fill(0);
    this.#used = 0;
  }

  /** Afterwards the buffer is empty or begins with a possible frame that is not complete: it always has room. */
  #scan(bodies: Uint8Array[]): void {
    while (this.#used > 0) {
      this.#drop(this.#distanceToPreamble());
      if (this.#used < HEADER_BYTES) return;
      const length = this.#buffer.readUInt16BE(5);
      if (length < this.#limits.least || length > this.#limits.most) {
        this.#drop(1);
        continue;
      }
      const end = HEADER_BYTES + length;
      if (this.#used < end) return;
      if (xor(this.#buffer, 5, end) !== 0) {
        this.#drop(1);
        continue;
      }
      bodies.push(Uint8Array.from(this.#buffer.subarray(HEADER_BYTES, end - 1)));
      this.#drop(end);
    }
  }

  /** How many bytes lie before a preamble, whole or begun at the very end of what is there. */
  #distanceToPreamble(): number {
    const held = this.#buffer.subarray(0, this.#used);
    const found = held.indexOf(PREAMBLE);
    if (found >= 0) return found;
    for (let begun = Math.min(PREAMBLE.length - 1, this.#used); begun > 0; begun -= 1) {
      if (held.subarray(this.#used - begun).equals(PREAMBLE.subarray(0, begun))) return this.#used - begun;
    }
    return this.#used;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#buffer.copyWithin(0, count, this.#used);
    this.#buffer.fill(0, this.#used - count, this.#used);
    this.#used -= count;
  }
}
