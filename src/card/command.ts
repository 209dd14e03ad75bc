import { STATUS } from './codes.js';
import { encodeFrame } from './frame.js';

/**
 * Commands of the SAM_V module that Countersign sends, and what a right answer to each looks like.
 *
 * The commands that read fingerprints (30 10) are deliberately absent: fingerprints are not needed, so they are not
 * collected. So are those that change the module for good (line speed, firmware).
 */
export interface CommandSpec {
  readonly name: 'status' | 'id' | 'reset' | 'find' | 'select' | 'read' | 'addresses' | 'rf-size';
  readonly code: number;
  readonly parameter: number;
  /** Bytes behind the parameter; none in nearly all commands. */
  readonly data?: Uint8Array;
  /** The SW3 that means success. */
  readonly success: number;
  /** Sizes of the data of a successful answer. */
  readonly dataBytes: { readonly least: number; readonly most: number };
  /** Time-out of the whole answer in ms; vendors' clients use 0.1-1 s, and 2-5 s for the read itself. */
  readonly timeoutMs: number;
}

export const TEXT_BYTES = 256;
export const PHOTO_BYTES = 1024;
/** Text length and photo length, u16 big-endian each, before text and photo. */
const READ_DATA_BYTES = 4 + TEXT_BYTES + PHOTO_BYTES;
/** One additional address: 35 UTF-16 units; at most four. */
export const ADDRESS_BYTES = 70;

const exactly = (bytes: number) => ({ least: bytes, most: bytes });

export const COMMANDS = {
  reset: {
    name: 'reset',
    code: 0x10,
    parameter: 0xff,
    success: STATUS.done,
    dataBytes: exactly(0),
    timeoutMs: 1000,
  },
  status: {
    name: 'status',
    code: 0x11,
    parameter: 0xff,
    success: STATUS.done,
    dataBytes: exactly(0),
    timeoutMs: 1000,
  },
  id: {
    name: 'id',
    code: 0x12,
    parameter: 0xff,
    success: STATUS.done,
    dataBytes: exactly(16),
    timeoutMs: 1000,
  },
  // Four and eight zero bytes in every published answer; a module that sends none is believed, too.
  find: {
    name: 'find',
    code: 0x20,
    parameter: 0x01,
    success: STATUS.found,
    dataBytes: { least: 0, most: 8 },
    timeoutMs: 1000,
  },
  select: {
    name: 'select',
    code: 0x20,
    parameter: 0x02,
    success: STATUS.done,
    dataBytes: { least: 0, most: 8 },
    timeoutMs: 1000,
  },
  read: {
    name: 'read',
    code: 0x30,
    parameter: 0x01,
    success: STATUS.done,
    dataBytes: exactly(READ_DATA_BYTES),
    timeoutMs: 5000,
  },
  addresses: {
    name: 'addresses',
    code: 0x30,
    parameter: 0x03,
    success: STATUS.done,
    dataBytes: { least: ADDRESS_BYTES, most: 4 * ADDRESS_BYTES },
    timeoutMs: 1500,
  },
} as const satisfies Record<string, CommandSpec>;

/** Largest number of bytes that the radio may send at once, 24 to 255; only for a reader whose maker asks for it. */
export function rfSizeCommand(bytes: number): CommandSpec {
  if (!Number.isInteger(bytes) || bytes < 24 || bytes > 255)
    throw new RangeError('RF size is 24 to 255 bytes');
  return {
    name: 'rf-size',
    code: 0x61,
    parameter: 0xff,
    data: Uint8Array.of(bytes),
    success: STATUS.done,
    dataBytes: exactly(0),
    timeoutMs: 1000,
  };
}

export function encodeCommand({ code, parameter, data = new Uint8Array(0) }: CommandSpec): Uint8Array {
  return encodeFrame(Uint8Array.of(code, parameter, ...data));
}

/** An answer taken apart. SW1 and SW2 are the card's own status, only forwarded; SW3 alone decides. */
export interface Answer {
  readonly sw1: number;
  readonly sw2: number;
  readonly sw3: number;
  readonly data: Uint8Array;
}

/** Takes apart the body of an answer's frame (at least three bytes, which the parser has made sure of). */
export function parseAnswer(body: Uint8Array): Answer {
  return { sw1: body[0] ?? 0, sw2: body[1] ?? 0, sw3: body[2] ?? 0, data: body.subarray(3) };
}

export function encodeAnswer({ sw1, sw2, sw3, data }: Answer): Uint8Array {
  const body = new Uint8Array(3 + data.length);
  body.set([sw1, sw2, sw3], 0);
  body.set(data, 3);
  return encodeFrame(body);
}

/** The module's id as printed on its label, from the 16 bytes of its answer. */
export function printSamId(data: Uint8Array): string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  const [a, b] = [view.getUint16(0, true), view.getUint16(2, true)];
  const [day, serial, last] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  return `${pad(a, 2)}.${pad(b, 2)}-${pad(day, 8)}-${pad(serial, 10)}-${pad(last, 10)}`;
}

/** Splits the data of a read into copies of text and photo; undefined where the inner lengths are not 256 and 1024. */
export function splitRead(data: Uint8Array): { text: Uint8Array; photo: Uint8Array } | undefined {
  if (data.length !== READ_DATA_BYTES) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint16(0) !== TEXT_BYTES || view.getUint16(2) !== PHOTO_BYTES) return undefined;
  // `slice` of a Buffer would be a view of what the caller wipes.
  return {
    text: Uint8Array.from(data.subarray(4, 4 + TEXT_BYTES)),
    photo: Uint8Array.from(data.subarray(4 + TEXT_BYTES)),
  };
}

/** The other way round, for the simulated module. */
export function joinRead(text: Uint8Array, photo: Uint8Array): Uint8Array {
  const data = new Uint8Array(READ_DATA_BYTES);
  new DataView(data.buffer).setUint16(0, text.length);
  new DataView(data.buffer).setUint16(2, photo.length);
  data.set(text.subarray(0, TEXT_BYTES), 4);
  data.set(photo.subarray(0, PHOTO_BYTES), 4 + TEXT_BYTES);
  return data;
}
