import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncDirectory, writeWhole } from './durable-file.js';
import { eraseFrom, type Needed } from './erase-bodies.js';
import {
  type Decoded,
  decodeFrames,
  encodeFrame,
  type Framed,
  framed,
  type LoggedFact,
  type LogRecord,
} from './frames.js';

/** A segment is closed when it has this many bytes; small, because it is written anew when bodies are erased. */
const SEGMENT_BYTES = 512 * 1024;
/** To erase means to write the segment anew: it pays with so many bodies, if none is needed any more. */
const ERASE_AFTER = 32;

/**
 * The second copy on the disk: append-only, framed, doubles as the audit log. Calls are made one after the other; a
 * segment that is not the last one is synced.
 */
export class SegmentLog {
  readonly #directory: string;
  #number: number;
  #handle: FileHandle;
  #size: number;
  /** seq → segment that has its body. */
  readonly #bodies = new Map<number, number>();
  /** segment → bodies that are needed. */
  readonly #needed = new Map<number, number>();
  /** segment → confirmed reports whose body still lies in it. */
  readonly #erasable = new Map<number, number>();
  readonly #facts = new Map<string, LoggedFact>();

  private constructor(directory: string, number: number, handle: FileHandle, size: number) {
    this.#directory = directory;
    this.#number = number;
    this.#handle = handle;
    this.#size = size;
  }

  static async open(directory: string): Promise<SegmentLog> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Left behind by a process that ended while it wrote a segment anew; the segment itself is whole.
    for (const name of await readdir(directory)) if (name.endsWith('.new')) await rm(join(directory, name));
    const number = (await segmentNumbers(directory)).at(-1) ?? 1;
    const handle = await open(join(directory, nameOf(number)), 'a', 0o600);
    try {
      await syncDirectory(directory);
      return new SegmentLog(directory, number, handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Tells the log what one of its segments has, so that it knows where bodies lie. */
  learn(number: number, records: readonly LogRecord[]): void {
    for (const record of records) this.#note(record, number);
  }

  append(records: readonly LogRecord[]): Promise<void> {
    return this.appendFramed(records.map(framed));
  }

  async appendFramed(records: readonly Framed[]): Promise<void> {
    if (records.length === 0) return;
    const bytes = Buffer.concat(records.map((each) => each.bytes));
    await this.#handle.appendFile(bytes);
    this.#size += bytes.length;
    for (const { record } of records) this.#note(record, this.#number);
    if (this.#size >= SEGMENT_BYTES) await this.#nextSegment();
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  /** Takes the bodies of confirmed reports out of every segment that has such. */
  async eraseBodies(): Promise<void> {
    for (const number of [...this.#erasable.keys()]) await this.#erase(number);
  }

  /** The same for one segment of those where it pays. @returns false when there was none */
  async eraseOne(): Promise<boolean> {
    for (const [number, count] of this.#erasable) {
      if (count < ERASE_AFTER || (this.#needed.get(number) ?? 0) > 0) continue;
      await this.#erase(number);
      return true;
    }
    return false;
  }

  async #erase(number: number): Promise<void> {
    const file = join(this.#directory, nameOf(number));
    const { bytes, damagedBytes } = eraseFrom(await readFile(file), this.#neededOf(number));
    this.#erasable.delete(number);
    // A damaged one is left as it is until the next start sets it aside.
    if (damagedBytes === 0) await this.#rewrite(number, bytes);
  }

  /** Writes what is whole in a damaged segment anew; the damaged file stays in `aside` when one is given. */
  async repair(number: number, records: readonly LogRecord[], aside?: string): Promise<void> {
    const file = join(this.#directory, nameOf(number));
    if (aside !== undefined) {
      await mkdir(aside, { recursive: true, mode: 0o700 });
      await link(file, join(aside, basename(file)));
    }
    await this.#rewrite(number, Buffer.concat(records.map(encodeFrame)));
  }

  /** Removes segments that hold nothing but reports up to `seq`; the current one stays. */
  async forget(seq: number): Promise<void> {
    for (const number of await segmentNumbers(this.#directory)) {
      if (number === this.#number) return;
      const { records } = await readSegment(this.#directory, number);
      if (records.some((record) => 'seq' in record && record.seq > seq)) return;
      await rm(join(this.#directory, nameOf(number)));
      this.#erasable.delete(number);
      this.#needed.delete(number);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  #note(record: LogRecord, number: number): void {
    if (record.type === 'fact') {
      if (record.revision >= (this.#facts.get(record.key)?.revision ?? 0))
        this.#facts.set(record.key, record);
    } else if (record.type === 'report' && record.jws !== undefined) {
      this.#noLongerNeeded(record.seq);
      this.#bodies.set(record.seq, number);
      this.#needed.set(number, (this.#needed.get(number) ?? 0) + 1);
    } else if (record.type === 'confirmed') {
      const holder = this.#noLongerNeeded(record.seq);
      if (holder !== undefined) this.#erasable.set(holder, (this.#erasable.get(holder) ?? 0) + 1);
    }
  }

  /** Gives the segment in which the body was, if there was one. */
  #noLongerNeeded(seq: number): number | undefined {
    const holder = this.#bodies.get(seq);
    if (holder === undefined) return undefined;
    this.#bodies.delete(seq);
    this.#needed.set(holder, (this.#needed.get(holder) ?? 1) - 1);
    return holder;
  }

  #neededOf(number: number): Needed {
    return {
      anyBody: (this.#needed.get(number) ?? 0) > 0,
      body: (seq) => this.#bodies.get(seq) === number,
      fact: ({ key, revision }) => revision >= (this.#facts.get(key)?.revision ?? 0),
    };
  }

  async #rewrite(number: number, bytes: Buffer): Promise<void> {
    const file = join(this.#directory, nameOf(number));
    await writeWhole(`${file}.new`, bytes);
    await rename(`${file}.new`, file);
    await syncDirectory(this.#directory);
    if (number !== this.#number) return;
    const old = this.#handle;
    this.#handle = await open(file, 'a', 0o600);
    this.#size = bytes.length;
    await old.close();
  }

  /** Each segment begins with all facts, so that older ones can go. */
  async #nextSegment(): Promise<void> {
    await this.#handle.sync();
    const file = join(this.#directory, nameOf(this.#number + 1));
    const facts = [...this.#facts.values()].map(encodeFrame);
    const next = await open(file, 'a', 0o600);
    try {
      await next.appendFile(Buffer.concat(facts));
      await next.sync();
      await syncDirectory(this.#directory);
    } catch (error) {
      await next.close();
      throw error;
    }
    await this.#handle.close();
    this.#handle = next;
    this.#number++;
    this.#size = (await next.stat()).size;
  }
}

/** Numbers of the segments in a directory, ascending; a missing directory has none. */
export async function segmentNumbers(directory: string): Promise<number[]> {
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

export async function readSegment(directory: string, number: number): Promise<Decoded> {
  return decodeFrames(await readFile(join(directory, nameOf(number))));
}

/** Has the second copy anything? A segment of which the disk does not give even the size is not taken for empty. */
export async function hasRecords(directory: string): Promise<boolean> {
  for (const each of await segmentNumbers(directory)) {
    const there = await stat(join(directory, nameOf(each))).catch(() => undefined);
    if (there?.size !== 0) return true;
  }
  return false;
}

function nameOf(number: number): string {
  return `${String(number).padStart(8, '0')}.log`;
}
