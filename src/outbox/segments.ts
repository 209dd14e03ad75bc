import { type FileHandle, mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeFrames, encodeFrame, type LogRecord } from './frames.js';

/** A segment is closed when it has this many bytes; small, so that bodies can be erased soon after their receipt. */
const SEGMENT_BYTES = 256 * 1024;
/** Records that may be lost with the power if the database is damaged in the same moment. */
const SYNC_EVERY = 32;

/**
 * The second copy: append-only, framed, doubles as the audit log. It is written after the database's commit and synced
 * every few records: it is there for a damaged database, not for a power cut, which the database survives by itself.
 */
export interface SegmentLog {
  append(record: LogRecord): Promise<void>;
  /** All records that can be read, oldest first, as they lie on the disk. */
  readAll(): Promise<{ records: LogRecord[]; damagedBytes: number }>;
  /** Writes closed segments anew without the bodies of reports that `isConfirmed`. Returns segments rewritten. */
  eraseBodies(isConfirmed: (seq: number) => boolean, options?: { includeCurrent?: boolean }): Promise<number>;
  close(): Promise<void>;
}

export async function openSegments(directory: string): Promise<SegmentLog> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let number = (await segmentNumbers(directory)).at(-1) ?? 1;
  let handle: FileHandle = await open(join(directory, nameOf(number)), 'a', 0o600);
  let size = (await handle.stat()).size;
  let unsynced = 0;

  const nextSegment = async (): Promise<void> => {
    await handle.sync();
    await handle.close();
    number++;
    handle = await open(join(directory, nameOf(number)), 'a', 0o600);
    size = 0;
    unsynced = 0;
  };
  return {
    async append(record) {
      const frame = encodeFrame(record);
      await handle.appendFile(frame);
      size += frame.length;
      unsynced++;
      if (unsynced >= SYNC_EVERY) {
        unsynced = 0;
        await handle.datasync();
      }
      if (size >= SEGMENT_BYTES) await nextSegment();
    },
    readAll: () => readSegments(directory),
    async eraseBodies(isConfirmed, { includeCurrent = false } = {}) {
      if (includeCurrent && size > 0) await nextSegment();
      let rewritten = 0;
      for (const each of await segmentNumbers(directory)) {
        if (each !== number && (await eraseIn(join(directory, nameOf(each)), isConfirmed))) rewritten++;
      }
      return rewritten;
    },
    async close() {
      await handle.sync();
      await handle.close();
    },
  };
}

/** Records of every segment in a directory; a missing directory has none. */
export async function readSegments(
  directory: string,
): Promise<{ records: LogRecord[]; damagedBytes: number }> {
  const records: LogRecord[] = [];
  let damagedBytes = 0;
  for (const each of await segmentNumbers(directory)) {
    const found = decodeFrames(await readFile(join(directory, nameOf(each))));
    records.push(...found.records);
    damagedBytes += found.damagedBytes;
  }
  return { records, damagedBytes };
}

async function eraseIn(file: string, isConfirmed: (seq: number) => boolean): Promise<boolean> {
  const { records, damagedBytes } = decodeFrames(await readFile(file));
  const bodies = records.filter((each) => each.type === 'report' && each.jws !== undefined);
  // Damaged stretches are kept as they are: somebody may still read more out of them.
  if (bodies.length === 0 || damagedBytes > 0) return false;
  if (!bodies.every((each) => each.type === 'report' && isConfirmed(each.seq))) return false;
  const frames = records.map((record) => {
    if (record.type !== 'report') return encodeFrame(record);
    const { jws: _erased, ...rest } = record;
    return encodeFrame(rest);
  });
  const beside = await open(`${file}.new`, 'w', 0o600);
  await beside.writeFile(Buffer.concat(frames));
  await beside.sync();
  await beside.close();
  await rename(`${file}.new`, file);
  return true;
}

async function segmentNumbers(directory: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d{8}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

function nameOf(number: number): string {
  return `${String(number).padStart(8, '0')}.log`;
}

/** Bytes that the second copy takes. */
export async function segmentBytes(directory: string): Promise<number> {
  let sum = 0;
  for (const each of await segmentNumbers(directory)) {
    sum += (await stat(join(directory, nameOf(each)))).size;
  }
  return sum;
}
