import type { Logger } from 'pino';
import type { OutboxFiles } from './files.js';
import type { LogRecord } from './frames.js';
import { SegmentLog } from './segments.js';
import { storeErrorCode } from './store.js';

/** Confirmed reports in a segment after which their bodies are taken out of it. */
const ERASE_AFTER = 16;
const ERASE_ALWAYS_AFTER_MS = 600_000;
/** A second copy that could not be written is tried again after so long: to complete it costs a look at everything. */
const RETRY_AFTER_MS = 60_000;

/**
 * The second copy, as long as it can be written. A failure never keeps a report back, because the database has all of
 * it; it is told by `fault`, and what is lacking is written when the queue is next opened.
 */
export class SecondCopy {
  readonly #elapsed: () => number;
  readonly #logger: Logger | undefined;
  #log: SegmentLog | undefined;
  #tail: Promise<void> = Promise.resolve();
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

  /** Never rejects. Resolves when what was given before is written: the last lot goes along with the next commit. */
  async append(records: readonly LogRecord[]): Promise<void> {
    await this.#tail;
    if (records.length > 0) this.#tail = this.#write(records);
  }

  async #write(records: readonly LogRecord[]): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    try {
      await log.append(records);
      const now = this.#elapsed();
      const overdue = now - this.#erasedAt > ERASE_ALWAYS_AFTER_MS;
      await log.eraseBodies(overdue ? 1 : ERASE_AFTER);
      if (overdue) this.#erasedAt = now;
      this.fault = undefined;
    } catch (error) {
      await this.failed(error);
    }
  }

  async failed(error: unknown): Promise<void> {
    this.fault = storeErrorCode(error) ?? 'unknown';
    this.#retryAt = this.#elapsed() + RETRY_AFTER_MS;
    this.#logger?.warn({ code: this.fault }, 'the second copy of the queue cannot be written');
    await this.#release();
  }

  async eraseBodies(): Promise<void> {
    await this.#tail;
    await this.#log?.eraseBodies(1);
  }

  async forget(seq: number): Promise<void> {
    await this.#tail;
    await this.#log?.forget(seq);
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#release();
  }

  async #release(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await log?.close().catch(() => {});
  }
}
