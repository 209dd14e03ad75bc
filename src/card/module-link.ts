import type { CountersignError } from '../domain/errors.js';
import { abortError } from './abort.js';
import { STATUS } from './codes.js';
import {
  type Answer,
  COMMANDS,
  type CommandSpec,
  encodeCommand,
  parseAnswer,
  printSamId,
  rfSizeCommand,
} from './command.js';
import { cardFault, statusFault } from './errors.js';
import { FrameParser, LEAST_ANSWER_LENGTH } from './frame.js';
import type { Line } from './line.js';
import type { Timing } from './timing.js';

/** In the order in which they are tried; 115200 is how modules leave the factory. */
export const BAUD_RATES = [115_200, 57_600, 38_400, 19_200, 9600] as const;

/** A module that answers at all answers a status within a few ms; wrong speeds are given up soon. */
const DETECTION_MS = 250;
/** A module may still be starting when its port appears (1.5 s on embedded ones): the rates are tried in turns. */
const DETECTION_ROUNDS = 3;
/** Not one byte of an answer for so long: it will not come. */
const FIRST_BYTE_MS = 2000;
/** So much silence means that nothing late is on its way any more. */
const SILENCE_MS = 100;
const MOST_DRAIN_MS = 2000;

export interface ModuleLinkOptions {
  readonly openLine: (baudRate: number) => Promise<Line>;
  readonly baudRates: readonly number[];
  readonly timing: Timing;
  /** Set after each start of the module; left as the maker set it where undefined. */
  readonly rfBytes?: number | undefined;
}

/**
 * One conversation with a module over one open line: strictly one command in flight, because answers carry no number
 * and a late one cannot be told from the next. After a time-out or an abort, input is discarded until the line is
 * silent and the module has answered a status, before anything else is asked.
 */
export class ModuleLink {
  readonly baudRate: number;
  readonly #line: Line;
  readonly #timing: Timing;
  readonly #rfBytes: number | undefined;
  #samId = '';
  #dirty: boolean = false;
  #lastAnswerMs: number;

  private constructor(line: Line, baudRate: number, { timing, rfBytes }: ModuleLinkOptions) {
    this.#line = line;
    this.baudRate = baudRate;
    this.#timing = timing;
    this.#rfBytes = rfBytes;
    this.#lastAnswerMs = timing.elapsed();
  }

  /** Opens the line, finds the speed at which a module answers, and asks for its id. */
  static async open(options: ModuleLinkOptions, signal: AbortSignal): Promise<ModuleLink> {
    const [first = BAUD_RATES[0]] = options.baudRates;
    const line = await options.openLine(first);
    try {
      const link = await ModuleLink.#detect(line, options, signal);
      const id = await link.ask(COMMANDS.id, signal);
      if (id.sw3 !== STATUS.done) throw statusFault(id.sw3, COMMANDS.id.name);
      link.#samId = printSamId(id.data);
      await link.tune(signal);
      return link;
    } catch (error) {
      await line.close();
      throw error;
    }
  }

  static async #detect(line: Line, options: ModuleLinkOptions, signal: AbortSignal): Promise<ModuleLink> {
    let current = options.baudRates[0];
    for (let round = 0; round < DETECTION_ROUNDS; round += 1) {
      for (const baudRate of options.baudRates) {
        if (baudRate !== current) await line.setBaudRate(baudRate);
        current = baudRate;
        const link = new ModuleLink(line, baudRate, options);
        const sw3 = await link.#statusWord(signal);
        if (sw3 === STATUS.done) return link;
        if (sw3 !== undefined) throw statusFault(sw3, COMMANDS.status.name);
      }
    }
    throw cardFault('READER_SILENT', { details: { path: line.path, rates: options.baudRates.join('/') } });
  }

  /** SW3 of a status, or undefined where nothing that makes sense came back. */
  async #statusWord(signal: AbortSignal): Promise<number | undefined> {
    try {
      return (await this.#once(COMMANDS.status, signal, { timeoutMs: DETECTION_MS })).sw3;
    } catch (error) {
      if (this.#line.gone || signal.aborted) throw error;
      return undefined;
    }
  }

  /** Gives a module that has just started the settings it does not keep. */
  async tune(signal: AbortSignal): Promise<void> {
    if (this.#rfBytes === undefined) return;
    const command = rfSizeCommand(this.#rfBytes);
    const { sw3 } = await this.ask(command, signal);
    if (sw3 !== command.success) throw statusFault(sw3, command.name);
  }

  get samId(): string {
    return this.#samId;
  }

  get path(): string {
    return this.#line.path;
  }

  get gone(): boolean {
    return this.#line.gone;
  }

  /** Monotonic time of the last whole answer. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
  }

  /**
   * Sends a command and returns its answer, whatever its status word; the size of a successful one is right. A
   * command that arrived damaged at the module is sent once more.
   *
   * @throws CARD_READER_GONE, CARD_READER_SILENT (no byte came), CARD_LINK (bytes came, no right answer), AbortError
   */
  async ask(command: CommandSpec, signal: AbortSignal, received?: (bytes: number) => void): Promise<Answer> {
    if (this.#dirty) await this.#settle(signal);
    const options = { timeoutMs: command.timeoutMs, received };
    const first = await this.#once(command, signal, options);
    const damaged = first.sw3 === STATUS.linkChecksum || first.sw3 === STATUS.linkLength;
    const answer = damaged ? await this.#once(command, signal, options) : first;
    const { least, most } = command.dataBytes;
    const { length } = answer.data;
    if (answer.sw3 === command.success && (length < least || length > most)) {
      throw this.#lost('LINK', command, { bytes: length });
    }
    // A success of another command means that answers and questions are out of step.
    if (answer.sw3 !== command.success && (answer.sw3 === STATUS.done || answer.sw3 === STATUS.found)) {
      throw this.#lost('LINK', command, { sw3: answer.sw3 });
    }
    return answer;
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  #lost(key: 'LINK' | 'READER_SILENT', command: CommandSpec, more: Record<string, number>): CountersignError {
    this.#dirty = true;
    return cardFault(key, { details: { command: command.name, ...more } });
  }

  /** Discards what is late, then proves with a status that questions and answers are in step. */
  async #settle(signal: AbortSignal): Promise<void> {
    const until = this.#timing.elapsed() + MOST_DRAIN_MS;
    let heard = true;
    while (heard && this.#timing.elapsed() < until) {
      heard = false;
      this.#line.listen({
        data: () => {
          heard = true;
        },
        gone: () => {},
      });
      try {
        await this.#timing.sleep(SILENCE_MS, signal);
      } catch {
        throw abortError();
      } finally {
        this.#line.listen(undefined);
      }
    }
    const { sw3 } = await this.#once(COMMANDS.status, signal, { timeoutMs: COMMANDS.status.timeoutMs });
    if (sw3 !== STATUS.done) throw statusFault(sw3, COMMANDS.status.name);
    this.#dirty = false;
  }

  async #once(
    command: CommandSpec,
    signal: AbortSignal,
    options: { timeoutMs: number; received?: ((bytes: number) => void) | undefined },
  ): Promise<Answer> {
    if (signal.aborted) throw abortError();
    const parser = new FrameParser({
      least: LEAST_ANSWER_LENGTH,
      most: LEAST_ANSWER_LENGTH + command.dataBytes.most,
    });
    const timers = new AbortController();
    let onAbort = () => {};
    let heard = 0;
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        onAbort = () => reject(abortError());
        signal.addEventListener('abort', onAbort, { once: true });
        const timeOut = () => reject(this.#lost(heard > 0 ? 'LINK' : 'READER_SILENT', command, { heard }));
        this.#timing.sleep(options.timeoutMs, timers.signal).then(timeOut, () => {});
        if (options.timeoutMs > FIRST_BYTE_MS) {
          const early = () => (heard === 0 ? timeOut() : undefined);
          this.#timing.sleep(FIRST_BYTE_MS, timers.signal).then(early, () => {});
        }
        this.#line.listen({
          data: (chunk) => {
            heard += chunk.length;
            const [body] = parser.push(chunk);
            options.received?.(heard);
            if (body !== undefined) resolve(parseAnswer(body));
          },
          gone: () => reject(cardFault('READER_GONE', { details: { path: this.#line.path } })),
        });
        this.#line.write(encodeCommand(command)).catch(reject);
      });
      this.#lastAnswerMs = this.#timing.elapsed();
      return answer;
    } catch (error) {
      this.#dirty = true;
      throw error;
    } finally {
      timers.abort();
      signal.removeEventListener('abort', onAbort);
      this.#line.listen(undefined);
      parser.clear();
    }
  }
}
