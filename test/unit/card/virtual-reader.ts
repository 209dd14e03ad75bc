import type { Logger } from 'pino';
import { encodeAnswer } from '#built/card/command.js';
import { cardFault } from '#built/card/errors.js';
import type { Line, LineListener } from '#built/card/line.js';
import { ReaderMachine } from '#built/card/reader-machine.js';
import type { Timing } from '#built/card/timing.js';
import type { CommandName } from '#built/simulator/reader/faults.js';
import { type ModuleOptions, SimulatedModule } from '#built/simulator/reader/simulated-module.js';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Time that passes only while nothing else is to be done: hours of a reader's life in milliseconds. */
export class VirtualTiming implements Timing {
  #now = 0;
  #sleepers: Sleeper[] = [];
  #pumping: boolean = false;
  #idleTurns = 0;

  elapsed(): number {
    return this.#now;
  }

  get asleep(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const sleeper: Sleeper = {
        due: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
      this.#pump();
    });
  }

  /** Everything that is ready runs before the next sleeper wakes: a few turns of the loop without a new sleeper. */
  #pump(): void {
    this.#idleTurns = 0;
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#idleTurns += 1;
    if (this.#idleTurns < 5) {
      setImmediate(() => this.#turn());
      return;
    }
    this.#pumping = false;
    this.#sleepers.sort((a, b) => a.due - b.due);
    const next = this.#sleepers.shift();
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.due);
    next.wake();
    if (this.#sleepers.length > 0) this.#pump();
  }
}

/** What happens instead of the module's own answer. */
export interface Step {
  readonly status?: number;
  readonly silent?: boolean;
  readonly delayMs?: number;
  readonly raw?: Uint8Array;
  readonly gone?: boolean;
  /** The module's own answer after all. */
  readonly pass?: boolean;
  /** Run before the answer is made. */
  readonly first?: () => void;
}

/** A module on a line without bytes per second, whose answers a test scripts command by command. */
export class VirtualReader {
  readonly timing = new VirtualTiming();
  /** Another one may be put in its place, as when the reader is exchanged. */
  module: SimulatedModule;
  readonly machine: ReaderMachine;
  /** Every command that arrived. */
  readonly heard: CommandName[] = [];
  readonly script: Partial<Record<CommandName, Step[]>> = {};
  /** Answers that are still to come late. */
  late = 0;
  opened = 0;
  open = 0;
  /** Rates at which the module understands; others are noise. */
  rate = 115_200;
  present: boolean = true;
  #line: VirtualLine | undefined;

  constructor(
    options: ModuleOptions & { baudRate?: 'auto' | number; rfBytes?: number; logger?: Logger } = {},
  ) {
    this.module = new SimulatedModule(options);
    this.machine = new ReaderMachine(
      {
        openLine: async (rate) => this.#openLine(rate),
        baudRate: options.baudRate ?? 115_200,
        pollMs: 300,
        rfBytes: options.rfBytes,
      },
      { timing: this.timing, logger: options.logger },
    );
  }

  /** Pulls the plug. */
  unplug(): void {
    this.present = false;
    this.#line?.vanish();
  }

  /** Sends bytes that nobody asked for. */
  emit(bytes: Uint8Array): void {
    this.#line?.deliver(bytes);
  }

  #openLine(rate: number): Line {
    if (!this.present) throw cardFault('READER_GONE');
    this.opened += 1;
    this.open += 1;
    this.#line = new VirtualLine(this, rate);
    return this.#line;
  }

  receive(line: VirtualLine, bytes: Uint8Array): void {
    if (line.rate !== this.rate) {
      line.deliver(Uint8Array.of(0xf0, 0xaa, 0x00));
      return;
    }
    for (const { command, answer } of this.module.receive(bytes)) {
      this.heard.push(command);
      void this.#respond(line, this.script[command]?.shift(), () => answer().answer);
    }
  }

  async #respond(line: VirtualLine, step: Step | undefined, answer: () => Uint8Array): Promise<void> {
    step?.first?.();
    if (step?.gone === true) return this.unplug();
    const frame = step === undefined || step.pass === true ? answer() : toFrame(step, answer);
    if (step?.delayMs !== undefined) {
      this.late += 1;
      await this.timing.sleep(step.delayMs);
      this.late -= 1;
    }
    if (frame !== undefined) setImmediate(() => line.deliver(frame));
  }
}

function toFrame(step: Step, answer: () => Uint8Array): Uint8Array | undefined {
  if (step.silent === true) return undefined;
  if (step.raw !== undefined) return step.raw;
  if (step.status === undefined) return answer();
  return encodeAnswer({ sw1: 0, sw2: 0, sw3: step.status, data: new Uint8Array(0) });
}

class VirtualLine implements Line {
  readonly path = '/dev/virtual';
  gone: boolean = false;
  rate: number;
  readonly #reader: VirtualReader;
  #listener: LineListener | undefined;

  constructor(reader: VirtualReader, rate: number) {
    this.#reader = reader;
    this.rate = rate;
  }

  listen(listener: LineListener | undefined): void {
    this.#listener = listener;
  }

  deliver(bytes: Uint8Array): void {
    if (!this.gone) this.#listener?.data(bytes);
  }

  vanish(): void {
    if (this.gone) return;
    this.gone = true;
    this.#listener?.gone();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.gone) throw cardFault('READER_GONE');
    this.#reader.receive(this, bytes);
  }

  async setBaudRate(baudRate: number): Promise<void> {
    this.rate = baudRate;
  }

  async close(): Promise<void> {
    this.gone = true;
    this.#reader.open -= 1;
  }
}
