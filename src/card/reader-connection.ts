import type { Logger } from 'pino';
import { isAbort } from '../domain/errors.js';
import { abortable } from './abort.js';
import type { Line } from './line.js';
import { BAUD_RATES, ModuleLink } from './module-link.js';
import type { Timing } from './timing.js';

/** An idle module is asked so often whether it is still there. */
const HEARTBEAT_MS = 3000;

export interface ReaderConnectionOptions {
  readonly openLine: (baudRate: number) => Promise<Line>;
  readonly baudRate: 'auto' | number;
  /** Largest radio block, 24 to 255 bytes: only for a reader whose maker asks for it. */
  readonly rfBytes?: number | undefined;
}

export interface ReaderConnectionDeps {
  readonly timing: Timing;
  readonly logger?: Logger | undefined;
}

/** What the connection's owner does on it between reads. */
export interface IdleWork {
  /** A module answers on a line that was just opened. */
  connected(): void;
  /** Asks the idle module something; a rejection means that it is lost. */
  beat(link: ModuleLink): Promise<void>;
}

/**
 * The way to the module: opens the line when it is needed, keeps it while it lasts, and lets one task at a time use
 * it. Connecting goes on in the background, so that an abort never waits for it; the next task finds it done.
 */
export class ReaderConnection {
  readonly #options: ReaderConnectionOptions;
  readonly #timing: Timing;
  readonly #logger: Logger | undefined;
  readonly #idle: IdleWork;
  readonly #closed = new AbortController();
  #link: ModuleLink | undefined;
  #connecting: Promise<ModuleLink> | undefined;
  #lastRate: number | undefined;
  #lastSamId: string | undefined;
  #tail: Promise<void> = Promise.resolve();
  #heartbeat: Promise<void> | undefined;

  constructor(options: ReaderConnectionOptions, deps: ReaderConnectionDeps, idle: IdleWork) {
    this.#options = options;
    this.#timing = deps.timing;
    this.#logger = deps.logger;
    this.#idle = idle;
  }

  /** Aborted by `close`. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The module, where one answers at present. */
  get link(): ModuleLink | undefined {
    return this.#link?.gone === false ? this.#link : undefined;
  }

  /** Runs one task at a time on the line, in the order of asking; leaves the queue when aborted. */
  async exclusive<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    let release = () => {};
    this.#tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    try {
      await abortable(before, signal);
      return await task();
    } finally {
      before.then(release);
    }
  }

  /** Queues work that nobody waits for. */
  follow(task: () => Promise<void>): void {
    this.exclusive(this.closed, task).catch((error: unknown) => {
      if (!isAbort(error)) this.#logger?.info({ err: error }, 'card reader: not answering between reads');
    });
  }

  /** The module; connects if there is none. To be called within `exclusive`. */
  async connect(signal: AbortSignal): Promise<ModuleLink> {
    const { link } = this;
    if (link !== undefined) return link;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return abortable(this.#connecting, signal);
  }

  /** Closes the line; the next `connect` opens it again. */
  async drop(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#tail;
    await this.#connecting?.catch(() => {});
    await this.#heartbeat;
    await this.drop();
  }

  async #open(): Promise<ModuleLink> {
    await this.drop();
    const { baudRate, openLine, rfBytes } = this.#options;
    const known = this.#lastRate === undefined ? [] : [this.#lastRate];
    const baudRates = baudRate === 'auto' ? [...new Set([...known, ...BAUD_RATES])] : [baudRate];
    const link = await ModuleLink.open({ openLine, baudRates, timing: this.#timing, rfBytes }, this.closed);
    this.#link = link;
    this.#lastRate = link.baudRate;
    const { path, samId } = link;
    this.#logger?.info({ path, baudRate: link.baudRate, samId }, 'card reader: connected');
    // Nothing protects the line: another module is worth a technician's look.
    if (this.#lastSamId !== undefined && this.#lastSamId !== samId) {
      this.#logger?.warn({ samId, before: this.#lastSamId }, 'card reader: another module than before');
    }
    this.#lastSamId = samId;
    this.#idle.connected();
    this.#heartbeat ??= this.#beatUntilClosed();
    return link;
  }

  async #beatUntilClosed(): Promise<void> {
    while (!this.closed.aborted) {
      await this.#timing.sleep(HEARTBEAT_MS, this.closed).catch(() => {});
      if (this.#link?.gone === true) await this.drop();
      const { link } = this;
      if (this.closed.aborted || link === undefined) continue;
      await this.exclusive(this.closed, () => this.#beat(link)).catch(() => {});
    }
  }

  async #beat(link: ModuleLink): Promise<void> {
    try {
      if (link === this.link) await this.#idle.beat(link);
    } catch (error) {
      if (isAbort(error)) return;
      this.#logger?.warn({ err: error }, 'card reader: lost while idle');
      await this.drop();
    }
  }
}
