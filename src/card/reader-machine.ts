import type { Logger } from 'pino';
import { isAbort, isCountersignError } from '../domain/errors.js';
import { abortError } from './abort.js';
import { askAddresses } from './addresses.js';
import { toCardReading } from './card-read.js';
import { STATUS } from './codes.js';
import { COMMANDS, type CommandSpec } from './command.js';
import { cardFault, statusFault } from './errors.js';
import type { ModuleLink } from './module-link.js';
import { looksLikeWlt } from './photo.js';
import type { CardReader, CardReading, ReaderCheck, ReaderEvent, ReadWish } from './port.js';
import {
  ReaderConnection,
  type ReaderConnectionDeps,
  type ReaderConnectionOptions,
} from './reader-connection.js';
import { Placement, RetryRules } from './retry-rules.js';
import type { Timing } from './timing.js';

/** Header, status, inner lengths, text, photo and XOR. */
const READ_FRAME_BYTES = 1295;
/** A module wants this long after a reset. */
const RESET_MS = 500;
/** While a read goes on, the module answers at least this often. */
const ALIVE_MS = 10_000;

export interface ReaderMachineOptions extends ReaderConnectionOptions {
  /** Time between two looks for a card; the standard wants at least 300. */
  readonly pollMs: number;
}

type Watch = (event: ReaderEvent) => void;

/** One `read`, as everything that happens in it needs to know it. */
interface Task {
  readonly signal: AbortSignal;
  readonly watch: Watch;
  readonly wish: ReadWish;
  readonly rules: RetryRules;
  /** A card was found in the present look. */
  found: boolean;
}

/**
 * The reader as one state machine: away, connecting, idle (heartbeat), waiting, found, reading, lying still. All that
 * happens on the line happens within the connection's `exclusive`.
 */
export class ReaderMachine implements CardReader {
  readonly #pollMs: number;
  readonly #timing: Timing;
  readonly #logger: Logger | undefined;
  readonly #connection: ReaderConnection;
  readonly #placement = new Placement();
  #reading: boolean = false;

  constructor(options: ReaderMachineOptions, deps: ReaderConnectionDeps) {
    this.#pollMs = options.pollMs;
    this.#timing = deps.timing;
    this.#logger = deps.logger;
    this.#connection = new ReaderConnection(options, deps, {
      connected: () => this.#placement.afterRead(false),
      beat: (link) => this.#beat(link),
    });
  }

  async read(signal: AbortSignal, watch: Watch = () => {}, wish: ReadWish = {}): Promise<CardReading> {
    const { closed } = this.#connection;
    if (signal.aborted || closed.aborted) throw abortError();
    if (this.#reading) throw cardFault('READER_BUSY');
    this.#reading = true;
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    closed.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#connection.exclusive(stop.signal, () =>
        this.#waitAndRead({
          signal: stop.signal,
          watch: this.#guarded(watch),
          wish,
          rules: new RetryRules(),
          found: false,
        }),
      );
    } finally {
      this.#reading = false;
      signal.removeEventListener('abort', onAbort);
      closed.removeEventListener('abort', onAbort);
    }
  }

  async check(): Promise<ReaderCheck> {
    const name = 'reader';
    const { closed } = this.#connection;
    try {
      if (closed.aborted) throw cardFault('READER_GONE', { details: { problem: 'closed' } });
      if (!this.#reading) {
        await this.#connection.exclusive(closed, async () => {
          const link = await this.#connection.connect(closed);
          await this.#demand(link, COMMANDS.status, closed);
        });
      }
      const { link } = this.#connection;
      if (link === undefined || this.#timing.elapsed() - link.lastAnswerMs > ALIVE_MS)
        throw cardFault('READER_GONE');
      const { samId, path, baudRate } = link;
      const detail = `module ${samId} answers on ${path} at ${baudRate} baud`;
      return { name, ok: true, detail, module: { samId, path, baudRate } };
    } catch (error) {
      if (!isCountersignError(error))
        return { name, ok: false, detail: String(error), advice: 'Look at the log.' };
      // The message ends with the advice, which has a place of its own here.
      return { name, ok: false, detail: error.message.replace(` ${error.advice}`, ''), advice: error.advice };
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #waitAndRead(task: Task): Promise<CardReading> {
    const { signal, watch } = task;
    let link: ModuleLink | undefined;
    watch({ type: 'waiting' });
    for (;;) {
      task.found = false;
      try {
        // One connection per read: a port that goes and returns between two looks ends the read all the same.
        link ??= await this.#connection.connect(signal);
        const read = await this.#look(link, task);
        if (read !== undefined) {
          const used = link;
          // Until one look has told otherwise, the card counts as lying there: better asked twice than read twice.
          this.#placement.afterRead(true);
          this.#connection.follow(() => this.#lookAfterRead(used));
          return read;
        }
      } catch (error) {
        if (signal.aborted) throw abortError();
        await this.#remedy(error, task);
      }
      await this.#pause(this.#pollMs, signal);
    }
  }

  /** One look for a card, and the whole reading if there is one that counts. */
  async #look(link: ModuleLink, task: Task): Promise<CardReading | undefined> {
    const { signal, watch } = task;
    const find = await link.ask(COMMANDS.find, signal);
    const found = find.sw3 === STATUS.found;
    if (!found && find.sw3 !== STATUS.notFound) throw statusFault(find.sw3, COMMANDS.find.name);
    if (!found) task.rules.cardAbsent();
    if (!this.#placement.look(found)) {
      if (found) watch({ type: 'place-again', code: 'CARD_STILL_THERE' });
      return undefined;
    }
    task.found = true;
    watch({ type: 'found' });
    await this.#demand(link, COMMANDS.select, signal);
    const data = await this.#demand(link, COMMANDS.read, signal, (received) => {
      watch({ type: 'reading', received, expected: READ_FRAME_BYTES });
    });
    const reading = toCardReading(data, link.samId);
    if (reading.photo !== undefined && !looksLikeWlt(reading.photo.bytes)) {
      this.#logger?.warn('card reader: the photo does not begin as those of other cards do');
    }
    if (task.wish.addresses !== true) return reading;
    try {
      return { ...reading, addresses: await askAddresses(link, signal) };
    } catch (error) {
      if (signal.aborted) throw abortError();
      // The card has been read all the same.
      this.#logger?.info({ err: error }, 'card reader: additional addresses cannot be had');
      return reading;
    }
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

  async #remedy(error: unknown, { signal, watch, rules, found }: Task): Promise<void> {
    const remedy = rules.remedy(error, found);
    const code = isCountersignError(error) ? error.code : 'unknown';
    this.#logger?.info({ code, remedy }, 'card reader: fault during a read');
    if (remedy === 'place-again') watch({ type: 'place-again', code });
    if (remedy === 'reset') await this.#reset(signal);
    if (remedy !== 'give-up') return;
    if (code === 'CARD_READER_GONE' || code === 'CARD_READER_SILENT') await this.#connection.drop();
    if (code === 'CARD_MODULE_UNSURE' || code === 'CARD_STATUS_UNKNOWN') {
      throw cardFault('MODULE_FAULT', { cause: error });
    }
    throw error;
  }

  async #reset(signal: AbortSignal): Promise<void> {
    this.#logger?.warn('card reader: module is reset');
    await this.#connection.link?.ask(COMMANDS.reset, signal).catch(rethrowAbort);
    await this.#pause(RESET_MS, signal);
    await this.#connection.link?.tune(signal).catch(rethrowAbort);
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
    const { sw3 } = await link.ask(COMMANDS.find, this.#connection.closed);
    this.#placement.afterRead(sw3 === STATUS.found);
  }

  /** A card that lies still is watched for being lifted; else a status proves that the module is there. */
  async #beat(link: ModuleLink): Promise<void> {
    if (this.#reading) return;
    const watching = this.#placement.liesStill;
    const { sw3 } = await link.ask(watching ? COMMANDS.find : COMMANDS.status, this.#connection.closed);
    if (watching) this.#placement.look(sw3 === STATUS.found);
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

/** Whatever else failed shows itself in the next look. */
function rethrowAbort(error: unknown): void {
  if (isAbort(error)) throw error;
}
