import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { loadCardFile, type SimulatedCard } from './card-file.js';
import {
  type CommandName,
  type FaultEffect,
  type FaultFile,
  type FaultInput,
  FaultScript,
} from './faults.js';
import { PtyLine } from './pty-line.js';
import { type ModuleOptions, SimulatedModule } from './simulated-module.js';

/** What the reader saw or did; never anything that is on a card. */
export type ReaderRecord =
  | {
      readonly record: 'command';
      readonly command: CommandName;
      readonly sw3: string;
      readonly fault?: FaultEffect;
    }
  | { readonly record: 'placed' | 'lifted' | 'hung-up' | 'returned' };

export interface SimulatedReaderOptions extends ModuleOptions {
  /** Where the port appears. */
  readonly link: string;
  readonly faults?: FaultFile;
  /** Pace the answers as a line of this speed would (10 bits per byte); else as fast as it goes. */
  readonly baud?: number | undefined;
  readonly record?: (record: ReaderRecord) => void;
}

/** A reader on a pseudo terminal: module, faults and line together. One command at a time, in order. */
export class SimulatedReader {
  readonly #options: SimulatedReaderOptions;
  readonly #module: SimulatedModule;
  readonly #faults: FaultScript;
  readonly #line: PtyLine;
  #work: Promise<void> = Promise.resolve();
  #stopped: boolean = false;

  private constructor(options: SimulatedReaderOptions) {
    this.#options = options;
    this.#module = new SimulatedModule(options);
    this.#faults = new FaultScript(options.faults);
    this.#line = new PtyLine(options.link, (bytes) => this.#receive(bytes));
  }

  /** Makes the port; when this resolves it can be opened. */
  static async start(options: SimulatedReaderOptions): Promise<SimulatedReader> {
    const reader = new SimulatedReader(options);
    await reader.#line.start();
    return reader;
  }

  place(card: SimulatedCard): void {
    this.#module.place(card);
    this.#record({ record: 'placed' });
  }

  lift(): void {
    this.#module.lift();
    this.#record({ record: 'lifted' });
  }

  addFault(fault: FaultInput): void {
    this.#faults.add(fault);
  }

  /** The port goes away, as when the plug is pulled. */
  async unplug(): Promise<void> {
    await this.#line.stop();
    this.#record({ record: 'hung-up' });
  }

  /** The port returns under the same name; what lies on the reader still lies there. */
  async plugIn(): Promise<void> {
    if (this.#stopped) return;
    await this.#line.start();
    this.#record({ record: 'returned' });
  }

  async hangUp(ms: number): Promise<void> {
    await this.unplug();
    await sleep(ms);
    await this.plugIn();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#line.stop();
    await this.#work;
  }

  #record(record: ReaderRecord): void {
    this.#options.record?.(record);
  }

  #receive(bytes: Uint8Array): void {
    for (const { command, answer } of this.#module.receive(bytes)) {
      this.#work = this.#work.then(async () => {
        if (!this.#stopped) await this.#respond(command, answer);
      });
    }
  }

  async #respond(command: CommandName, answer: () => { sw3: number; answer: Uint8Array }): Promise<void> {
    const effect = this.#faults.next(command);
    if (effect?.lift === true) this.lift();
    const exchange = answer();
    const sw3 = effect?.status ?? exchange.sw3.toString(16).padStart(2, '0');
    this.#record({ record: 'command', command, sw3, ...(effect === undefined ? {} : { fault: effect }) });
    if (effect?.delayMs !== undefined) await sleep(effect.delayMs);
    if (effect?.hangUpMs !== undefined) {
      await this.hangUp(effect.hangUpMs);
    } else if (effect?.silent !== true) {
      await this.#transmit(
        effect === undefined ? exchange.answer : this.#distort(exchange.answer, effect),
        effect,
      );
    }
    if (effect?.place !== undefined) this.place(await loadCardFile(effect.place));
  }

  #distort(answer: Uint8Array, effect: FaultEffect): Uint8Array {
    let frame = Buffer.from(answer);
    if (effect.status !== undefined) {
      frame = Buffer.from([0xaa, 0xaa, 0xaa, 0x96, 0x69, 0, 4, 0, 0, Number.parseInt(effect.status, 16), 0]);
    }
    if (effect.sw1 !== undefined) frame[7] = effect.sw1;
    if (effect.sw2 !== undefined) frame[8] = effect.sw2;
    if (effect.textLength !== undefined && frame.length > 14) frame.writeUInt16BE(effect.textLength, 10);
    if (effect.photoLength !== undefined && frame.length > 14) frame.writeUInt16BE(effect.photoLength, 12);
    frame[frame.length - 1] = frame.subarray(5, -1).reduce((value, byte) => value ^ byte, 0);
    if (effect.corrupt === true) {
      const middle = frame.length >> 1;
      frame[middle] = (frame[middle] ?? 0) ^ 0x10;
    }
    return Buffer.concat([
      this.#faults.noise(effect.noiseBefore ?? 0),
      frame.subarray(0, effect.cutAfter ?? frame.length),
      this.#faults.noise(effect.noiseAfter ?? 0),
    ]);
  }

  async #transmit(bytes: Uint8Array, effect: FaultEffect | undefined): Promise<void> {
    const { baud } = this.#options;
    const pieceBytes = effect?.chunkBytes;
    if (pieceBytes !== undefined) return this.#pace(bytes, pieceBytes, 1 / pieceBytes);
    if (baud === undefined) return this.#line.send(bytes);
    // As USB bridges deliver, ten bits a byte.
    return this.#pace(bytes, 64, 10_000 / baud);
  }

  /** In pieces, each when its last byte is due; by the clock, so that the slack of timers does not add up. */
  async #pace(bytes: Uint8Array, pieceBytes: number, msPerByte: number): Promise<void> {
    const began = performance.now();
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      const due = began + (at + piece.length) * msPerByte;
      // However late it is: the reader gets each piece by itself if it can.
      const wait = due - performance.now();
      await (wait > 0 ? sleep(wait) : nextTurn());
      this.#line.send(piece);
    }
  }
}
