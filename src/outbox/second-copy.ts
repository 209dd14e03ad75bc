import type { Logger } from 'pino';
import type { OutboxFiles } from './files.js';
import type { Framed } from './frames.js';
import { SegmentLog } from './segments.js';
import { storeErrorCode } from './store.js';

const ERASE_ALWAYS_AFTER_MS = 1_200_000;
/** One segment at a time: while a backlog is drained, writing segments anew would cost as much as the sending. */
const ERASE_EVERY_MS = 1000;
/** A second copy that could not be written is tried again after so long: to complete it costs a look at everything. */
const RETRY_AFTER_MS = 60_000;

/** Records are written together after this time, and synced after that: for each it would cost as much as the commit. */
const WRITE_AFTER_MS = 25;
const SYNC_AFTER_MS = 500;
const MOST_BUFFERED = 64;
/** A disk that is so far behind has to be waited for. */
const MOST_BEHIND = 1024;

/**
 * The second copy, as long as it can be written. It follows the database a little later: it is there for a damaged
 * database, not for a crash or a power cut, which the database survives by itself. A failure never keeps a report
 * back, because the database has all of it; it is told by `fault`, and what is lacking is written when the queue is
 * next opened.
 */
export class SecondCopy {
  readonly #elapsed: () => number;
  readonly #logger: Logger | undefined;
  #log: SegmentLog | undefined;
  #buffer: Framed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #eraseTimer: NodeJS.Timeout | undefined;
  #tail: Promise<void> = Promise.resolve();
  #behind = 0;
  #erasedAt = 0;
  #retryAt = Number.POSITIVE_INFINITY;
  fault: string | undefined;

  constructor(elapsed: () => number, logger: Logger | undefined) {
    this.#elapsed = elapsed;
    this.#logger = logger;
  }

  async open(files: OutboxFiles): Promise<SegmentLog> {
    this.#retryAt = Number.POSITIVE_INFINITY;
    this.#log = await SegmentLog.open(files.log);
    return this.#log;
  }

  /** Time to open the queue anew, so that what the second copy lacks is written. */
  get wantsReopening(): boolean {
    return this.#elapsed() >= this.#retryAt;
  }

  /** Never rejects. */
  async append(records: readonly Framed[]): Promise<void> {
    if (this.#log === undefined || records.length === 0) return;
    this.#buffer.push(...records);
    this.#behind += records.length;
    if (this.#buffer.length >= MOST_BUFFERED) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), WRITE_AFTER_MS).unref();
    if (this.#behind >= MOST_BEHIND) await this.#tail;
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const records = this.#buffer.splice(0);
    if (records.length === 0) return this.#tail;
    this.#tail = this.#tail
      .then(() => this.#write(records))
      .then(() => {
        this.#behind -= records.length;
      });
    return this.#tail;
  }

  async #write(records: readonly Framed[]): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    try {
      await log.appendFramed(records);
      this.fault = undefined;
      this.#eraseTimer ??= setTimeout(() => this.#eraseSoon(), ERASE_EVERY_MS).unref();
      this.#syncTimer ??= setTimeout(() => this.#syncSoon(), SYNC_AFTER_MS).unref();
    } catch (error) {
      await this.failed(error);
    }
  }

  #syncSoon(): void {
    this.#syncTimer = undefined;
    this.#tail = this.#tail.then(async () => this.#log?.sync()).catch((error: unknown) => this.failed(error));
  }

  #eraseSoon(): void {
    this.#eraseTimer = undefined;
    this.#tail = this.#tail.then(() => this.#erase()).catch((error: unknown) => this.failed(error));
  }

  async #erase(): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    const now = this.#elapsed();
    if (now - this.#erasedAt > ERASE_ALWAYS_AFTER_MS) {
      await log.eraseBodies();
      this.#erasedAt = now;
    } else if (await log.eraseOne()) {
      this.#eraseTimer ??= setTimeout(() => this.#eraseSoon(), ERASE_EVERY_MS).unref();
    }
  }

  async failed(error: unknown): Promise<void> {
    this.fault = storeErrorCode(error) ?? 'unknown';
    this.#retryAt = this.#elapsed() + RETRY_AFTER_MS;
    this.#logger?.warn({ code: this.fault }, 'the second copy of the queue cannot be written');
    await this.#release();
  }

  eraseBodies(): Promise<void> {
    return this.#inTurn(async () => this.#log?.eraseBodies());
  }

  forget(seq: number): Promise<void> {
    return this.#inTurn(async () => this.#log?.forget(seq));
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#release());
  }

  /** Behind all that was asked for, and before what the timers ask for meanwhile: two must not change one segment. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#flush().then(work);
    this.#tail = done.catch(() => {});
    return done;
  }

  async #release(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await log?.close().catch(() => {});
  }
}
