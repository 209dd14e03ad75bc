import type { Logger } from 'pino';
import type { CardRead } from '../domain/card.js';
import type { Check } from '../domain/check.js';
import { isAbort, isCountersignError } from '../domain/errors.js';
import { abortable, abortError } from './abort.js';
import { STATUS } from './codes.js';
import { COMMANDS, type CommandSpec, splitRead } from './command.js';
import { cardFault, statusFault } from './errors.js';
import type { Line } from './line.js';
import { BAUD_RATES, ModuleLink } from './module-link.js';
import type { CardReader, ReaderEvent } from './port.js';
import { Placement, RetryRules } from './retry-rules.js';
import { parseTextBlock } from './text-block.js';
import type { Timing } from './timing.js';

/** Header, status, inner lengths, text, photo and XOR. */
const READ_FRAME_BYTES = 1295;
/** An idle module is asked so often whether it is still there. */
const HEARTBEAT_MS = 3000;
/** A module wants this long after a reset. */
const RESET_MS = 500;
/** While a read goes on, the module answers at least this often. */
const ALIVE_MS = 10_000;

export interface ReaderMachineOptions {
  readonly openLine: (baudRate: number) => Promise<Line>;
  readonly baudRate: 'auto' | number;
  /** Time between two looks for a card; the standard wants at least 300. */
  readonly pollMs: number;
}

export interface ReaderMachineDeps {
  readonly timing: Timing;
  readonly logger?: Logger | undefined;
}

type Watch = (event: ReaderEvent) => void;

/**
 * The reader as one state machine: away, connecting, idle (heartbeat), waiting, found, reading, lying still.
 *
 * All that happens on the line happens inside `#exclusive`; a connection is made in the background, so that aborting
 * a read never waits for one.
 */
export class ReaderMachine implements CardReader {
  readonly #options: ReaderMachineOptions;
  readonly #timing: Timing;
  readonly #logger: Logger | undefined;
  readonly #closed = new AbortController();
  readonly #placement = new Placement();
  #link: ModuleLink | undefined;
  #connecting: Promise<ModuleLink> | undefined;
  #lastRate: number | undefined;
  #tail: Promise<void> = Promise.resolve();
  #background: Promise<void> | undefined;
  #reading: boolean = false;

  constructor(options: ReaderMachineOptions, deps: ReaderMachineDeps) {
    this.#options = options;
    this.#timing = deps.timing;
    this.#logger = deps.logger;
  }

  async read(signal: AbortSignal, watch: Watch = () => {}): Promise<CardRead> {
    if (signal.aborted || this.#closed.signal.aborted) throw abortError();
    if (this.#reading) throw cardFault('READER_BUSY');
    this.#reading = true;
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#closed.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#exclusive(stop.signal, () => this.#waitAndRead(stop.signal, this.#guarded(watch)));
    } finally {
      this.#reading = false;
      signal.removeEventListener('abort', onAbort);
      this.#closed.signal.removeEventListener('abort', onAbort);
    }
  }

  async check(): Promise<Check> {
    const name = 'reader';
    const { signal } = this.#closed;
    try {
      if (signal.aborted) throw cardFault('READER_GONE', { details: { problem: 'closed' } });
      if (!this.#reading) {
        await this.#exclusive(signal, async () => {
          const link = await this.#connected(signal);
          const { sw3 } = await link.ask(COMMANDS.status, signal);
          if (sw3 !== STATUS.done) throw statusFault(sw3, COMMANDS.status.name);
        });
      }
      const link = this.#link;
      if (link === undefined || link.gone || this.#timing.elapsed() - link.lastAnswerMs > ALIVE_MS) {
        throw cardFault('READER_GONE');
      }
      return {
        name,
        ok: true,
        detail: `module ${link.samId} answers on ${link.path} at ${link.baudRate} baud`,
      };
    } catch (error) {
      if (!isCountersignError(error))
        return { name, ok: false, detail: String(error), advice: 'Look at the log.' };
      // The message ends with the advice, which has a place of its own here.
      return { name, ok: false, detail: error.message.replace(` ${error.advice}`, ''), advice: error.advice };
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#tail;
    await this.#connecting?.catch(() => {});
    await this.#background;
    await this.#drop();
  }

  /** Runs one task at a time on the line, in the order of asking; leaves the queue when aborted. */
  async #exclusive<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
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

  async #waitAndRead(signal: AbortSignal, watch: Watch): Promise<CardRead> {
    const rules = new RetryRules();
    const seen = { found: false };
    let link: ModuleLink | undefined;
    watch({ type: 'waiting' });
    for (;;) {
      seen.found = false;
      try {
        // One connection per read: a port that goes and returns between two looks ends the read all the same.
        link ??= await this.#connected(signal);
        const read = await this.#look(link, signal, rules, watch, seen);
        if (read !== undefined) {
          const used = link;
          this.#follow(() => this.#lookAfterRead(used));
          return read;
        }
      } catch (error) {
        if (signal.aborted) throw abortError();
        await this.#remedy(error, rules.remedy(error, seen.found), signal, watch);
      }
      await this.#pause(this.#options.pollMs, signal);
    }
  }

  /** One look for a card, and the whole reading if there is one that counts. */
  async #look(
    link: ModuleLink,
    signal: AbortSignal,
    rules: RetryRules,
    watch: Watch,
    seen: { found: boolean },
  ): Promise<CardRead | undefined> {
    const find = await link.ask(COMMANDS.find, signal);
    const found = find.sw3 === STATUS.found;
    if (!found && find.sw3 !== STATUS.notFound) throw statusFault(find.sw3, COMMANDS.find.name);
    if (!found) rules.cardAbsent();
    if (!this.#placement.look(found)) {
      if (found) watch({ type: 'place-again', code: 'CARD_STILL_THERE' });
      return undefined;
    }
    seen.found = true;
    watch({ type: 'found' });
    await this.#demand(link, COMMANDS.select, signal);
    const data = await this.#demand(link, COMMANDS.read, signal, (received) => {
      watch({ type: 'reading', received, expected: READ_FRAME_BYTES });
    });
    return toCardRead(data, link.samId);
  }

  async #demand(
    link: ModuleLink,
    command: CommandSpec,
    signal: AbortSignal,
    received?: (bytes: number) => void,
  ): Promise<Uint8Array> {
    const { sw3, data } = await link.ask(command, signal, received);
    if (sw3 !== command.success) throw statusFault(sw3, command.name);
    return data;
  }

  async #remedy(
    error: unknown,
    remedy: ReturnType<RetryRules['remedy']>,
    signal: AbortSignal,
    watch: Watch,
  ): Promise<void> {
    const code = isCountersignError(error) ? error.code : 'unknown';
    this.#logger?.info({ code, remedy }, 'card reader: fault during a read');
    if (remedy === 'place-again') watch({ type: 'place-again', code });
    if (remedy === 'reset') await this.#reset(signal);
    if (remedy !== 'give-up') return;
    if (this.#link?.gone === true || code === 'CARD_READER_SILENT') await this.#drop();
    if (code === 'CARD_MODULE_UNSURE' || code === 'CARD_STATUS_UNKNOWN') {
      throw cardFault('MODULE_FAULT', { cause: error });
    }
    throw error;
  }

  async #reset(signal: AbortSignal): Promise<void> {
    this.#logger?.warn('card reader: module is reset');
    try {
      await this.#link?.ask(COMMANDS.reset, signal);
    } catch (error) {
      if (isAbort(error)) throw error;
    }
    await this.#pause(RESET_MS, signal);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#timing.sleep(ms, signal);
    } catch {
      throw abortError();
    }
  }

  /** Tells which kind of module it is (see `Placement`). */
  async #lookAfterRead(link: ModuleLink): Promise<void> {
    const { sw3 } = await link.ask(COMMANDS.find, this.#closed.signal);
    this.#placement.afterRead(sw3 === STATUS.found);
  }

  /** Queues work on the line that nobody waits for. */
  #follow(task: () => Promise<void>): void {
    this.#exclusive(this.#closed.signal, task).catch((error: unknown) => {
      if (!isAbort(error)) this.#logger?.info({ err: error }, 'card reader: not answering between reads');
    });
  }

  async #connected(signal: AbortSignal): Promise<ModuleLink> {
    if (this.#link !== undefined && !this.#link.gone) return this.#link;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return abortable(this.#connecting, signal);
  }

  async #connect(): Promise<ModuleLink> {
    await this.#drop();
    const { baudRate, openLine } = this.#options;
    const known = this.#lastRate === undefined ? [] : [this.#lastRate];
    const baudRates = baudRate === 'auto' ? [...new Set([...known, ...BAUD_RATES])] : [baudRate];
    const link = await ModuleLink.open({ openLine, baudRates, timing: this.#timing }, this.#closed.signal);
    this.#link = link;
    this.#lastRate = link.baudRate;
    this.#placement.afterRead(false);
    this.#logger?.info(
      { path: link.path, baudRate: link.baudRate, samId: link.samId },
      'card reader: connected',
    );
    this.#background ??= this.#heartbeat();
    return link;
  }

  /** Until closed: asks the idle module whether it is there; a card that lies still is watched for being lifted. */
  async #heartbeat(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#timing.sleep(HEARTBEAT_MS, signal).catch(() => {});
      const link = this.#link;
      if (signal.aborted || this.#reading || link === undefined) continue;
      await this.#exclusive(signal, () => this.#beat(link)).catch(() => {});
    }
  }

  async #beat(link: ModuleLink): Promise<void> {
    if (this.#reading || link !== this.#link) return;
    try {
      const watching = this.#placement.liesStill;
      const { sw3 } = await link.ask(watching ? COMMANDS.find : COMMANDS.status, this.#closed.signal);
      if (watching) this.#placement.look(sw3 === STATUS.found);
    } catch (error) {
      if (isAbort(error)) return;
      this.#logger?.warn({ err: error }, 'card reader: lost while idle');
      await this.#drop();
    }
  }

  async #drop(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }

  /** A listener's failure is its own; it must not tear the line down. */
  #guarded(watch: Watch): Watch {
    return (event) => {
      try {
        watch(event);
      } catch (error) {
        this.#logger?.error({ err: error }, 'card reader: a listener failed');
      }
    };
  }
}

/** Turns the data of a read into fields and photo, and overwrites what it came from. */
function toCardRead(data: Uint8Array, samId: string): CardRead {
  const parts = splitRead(data);
  data.fill(0);
  if (parts === undefined) throw cardFault('CONTENT_INVALID', { details: { place: 'lengths' } });
  const text = parseTextBlock(parts.text);
  parts.text.fill(0);
  if (!text.ok) {
    parts.photo.fill(0);
    throw cardFault('CONTENT_INVALID', { details: { place: text.slot } });
  }
  return { fields: text.fields, photo: { kind: 'wlt', bytes: parts.photo }, samId };
}
