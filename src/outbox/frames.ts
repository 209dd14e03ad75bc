import { crc32 } from 'node:zlib';
import { z } from 'zod';

/**
 * One record of the second copy, framed: length (u32, little endian), CRC-32 of the payload (u32), payload (JSON).
 * A cut or damaged frame ends what can be trusted of a stretch; the search goes on behind it.
 */
const recordSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('report'),
    seq: z.int().min(1),
    id: z.string(),
    hash: z.string(),
    /** Absent once the carrier confirmed it and the body was erased. */
    jws: z.string().optional(),
    at: z.string(),
  }),
  z.strictObject({
    type: z.literal('confirmed'),
    seq: z.int().min(1),
    hash: z.string(),
    accepted: z.boolean(),
    at: z.string(),
  }),
  z.strictObject({ type: z.literal('fact'), key: z.string(), value: z.string(), revision: z.int().min(0) }),
]);
export type LogRecord = z.infer<typeof recordSchema>;
export type LoggedReport = Extract<LogRecord, { type: 'report' }>;
export type LoggedFact = Extract<LogRecord, { type: 'fact' }>;

export interface Decoded {
  readonly records: LogRecord[];
  /** Bytes that belong to no whole frame. */
  readonly damagedBytes: number;
  /** Only the end is not whole: a frame that was being written when the power went. */
  readonly tornTail: boolean;
}

export const HEADER_BYTES = 8;
/** A report stays below 128 KB; twice that is a length nobody wrote. */
const MAX_PAYLOAD = 256 * 1024;

/** A record and how it is written. */
export interface Framed {
  readonly record: LogRecord;
  readonly bytes: Buffer;
}

export function framed(record: LogRecord): Framed {
  return { record, bytes: encodeFrame(record) };
}

export function encodeFrame(record: LogRecord): Buffer {
  const text = JSON.stringify(record);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(text, 'utf8'));
  frame.write(text, HEADER_BYTES, 'utf8');
  return withHeader(frame);
}

/** Fills in what goes before the payload. */
export function withHeader(frame: Buffer): Buffer {
  const payload = frame.subarray(HEADER_BYTES);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(crc32(payload), 4);
  return frame;
}

/** Whatever is whole in the bytes, and how many bytes were not. */
export function decodeFrames(bytes: Buffer): Decoded {
  const { found, damagedBytes, tornTail } = search(bytes, recordIn);
  return { records: found, damagedBytes, tornTail };
}

/** The same, each frame as it stands: header and payload. */
export function wholeFrames(bytes: Buffer): { readonly frames: Buffer[]; readonly damagedBytes: number } {
  const { found, damagedBytes } = search(bytes, (_payload, frame) => frame);
  return { frames: found, damagedBytes };
}

/** @returns undefined where it is no record */
export function recordIn(payload: Buffer): LogRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(payload.toString('utf8')));
  } catch {
    return undefined;
  }
}

interface Found<What> {
  readonly found: What[];
  readonly damagedBytes: number;
  readonly tornTail: boolean;
}

function search<What>(
  bytes: Buffer,
  read: (payload: Buffer, frame: Buffer) => What | undefined,
): Found<What> {
  const found: What[] = [];
  let damagedBytes = 0;
  let lastWholeEnd = 0;
  let holes = 0;
  for (let at = 0; at < bytes.length; ) {
    const frame = frameAt(bytes, at);
    const what = frame === undefined ? undefined : read(frame.subarray(HEADER_BYTES), frame);
    if (frame === undefined || what === undefined) {
      damagedBytes++;
      at++;
    } else {
      if (at > lastWholeEnd) holes++;
      found.push(what);
      at += frame.length;
      lastWholeEnd = at;
    }
  }
  return { found, damagedBytes, tornTail: damagedBytes > 0 && holes === 0 };
}

function frameAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const end = at + HEADER_BYTES + length;
  if (length < 2 || length > MAX_PAYLOAD || end > bytes.length) return undefined;
  // JSON objects only: spares the checksum at nearly every wrong place.
  if (bytes[at + HEADER_BYTES] !== 0x7b || bytes[end - 1] !== 0x7d) return undefined;
  const fits = crc32(bytes.subarray(at + HEADER_BYTES, end)) === bytes.readUInt32LE(at + 4);
  return fits ? bytes.subarray(at, end) : undefined;
}
