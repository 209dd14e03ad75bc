import { STATUS } from '../../card/codes.js';
import { COMMANDS, encodeAnswer, joinRead } from '../../card/command.js';
import { FrameParser, LEAST_COMMAND_LENGTH } from '../../card/frame.js';
import { encodeTextBlock } from '../../card/text-block.js';
import type { SimulatedCard } from './card-file.js';
import type { CommandName } from './faults.js';

const NOTHING = new Uint8Array(0);
/** Prints as 05.01-20260101-0000000001-0000000001: a serial that no maker has given. */
const SAM_ID = Uint8Array.of(5, 0, 1, 0, 0x05, 0x25, 0x35, 0x01, 1, 0, 0, 0, 1, 0, 0, 0);

/** Card on the field, as the module sees it. */
type Field = 'empty' | 'placed' | 'found' | 'selected' | 'read';

export interface ModuleOptions {
  /** Real modules refuse to find a card again before it was lifted; a few do not. */
  readonly refindsCard?: boolean;
  readonly samId?: Uint8Array;
}

/** A command that came in, and the answer that a faultless module gives. */
export interface Exchange {
  readonly command: CommandName;
  readonly sw3: number;
  readonly answer: Uint8Array;
}

/**
 * The module's side of the protocol, without line or time: bytes of commands in, answers out. Written against the
 * protocol's description, so that it answers what Countersign never asks, too.
 */
export class SimulatedModule {
  readonly #parser = new FrameParser({ least: LEAST_COMMAND_LENGTH, most: 16 });
  readonly #options: ModuleOptions;
  #card: SimulatedCard | undefined;
  #field: Field = 'empty';

  constructor(options: ModuleOptions = {}) {
    this.#options = options;
  }

  get card(): SimulatedCard | undefined {
    return this.#card;
  }

  place(card: SimulatedCard): void {
    this.#card = card;
    this.#field = 'placed';
  }

  lift(): void {
    this.#card = undefined;
    this.#field = 'empty';
  }

  /** Which commands are in these bytes; `answer` is asked for when its turn comes, after the faults. */
  receive(bytes: Uint8Array): { command: CommandName; answer: () => Exchange }[] {
    return this.#parser.push(bytes).map((body) => {
      const command = nameOf(body);
      return { command, answer: () => this.#answer(command, body) };
    });
  }

  #answer(command: CommandName, body: Uint8Array): Exchange {
    const [sw3, data] = this.#execute(command, body);
    return { command, sw3, answer: encodeAnswer({ sw1: 0, sw2: 0, sw3, data }) };
  }

  #execute(command: CommandName, body: Uint8Array): readonly [number, Uint8Array] {
    switch (command) {
      case 'status':
        return [STATUS.done, NOTHING];
      case 'reset':
        if (this.#field !== 'empty') this.#field = 'placed';
        return [STATUS.done, NOTHING];
      case 'id':
        return [STATUS.done, this.#options.samId ?? SAM_ID];
      case 'rf-size':
        return [(body[2] ?? 0) >= 24 ? STATUS.done : STATUS.badCommand, NOTHING];
      case 'find':
        return this.#find();
      case 'select':
        if (this.#field !== 'found') return [STATUS.selectFailed, NOTHING];
        this.#field = 'selected';
        return [STATUS.done, new Uint8Array(8)];
      case 'read':
        return this.#read();
      case 'addresses':
        return this.#addresses();
      case 'other':
        return [STATUS.badCommand, NOTHING];
    }
  }

  #find(): readonly [number, Uint8Array] {
    const findable =
      this.#options.refindsCard === true ? this.#field !== 'empty' : !['empty', 'read'].includes(this.#field);
    if (!findable) return [STATUS.notFound, NOTHING];
    this.#field = 'found';
    return [STATUS.found, new Uint8Array(4)];
  }

  #read(): readonly [number, Uint8Array] {
    if (this.#card === undefined || (this.#field !== 'selected' && this.#field !== 'read')) {
      return [STATUS.readFailed, NOTHING];
    }
    this.#field = 'read';
    if (this.#card.notGenuine) return [STATUS.moduleRefusesCard, NOTHING];
    return [STATUS.done, joinRead(encodeTextBlock(this.#card.fields), this.#card.photo)];
  }

  #addresses(): readonly [number, Uint8Array] {
    if (this.#card === undefined || !['selected', 'read'].includes(this.#field))
      return [STATUS.readFailed, NOTHING];
    const { addresses } = this.#card;
    if (addresses.length === 0) return [STATUS.noSuchItem, NOTHING];
    const text = addresses.map((address) => address.padEnd(35, ' ')).join('');
    return [STATUS.done, Uint8Array.from(Buffer.from(text, 'utf16le'))];
  }
}

function nameOf(body: Uint8Array): CommandName {
  for (const { name, code, parameter } of Object.values(COMMANDS)) {
    if (body.length === 2 && body[0] === code && body[1] === parameter) return name;
  }
  return body.length === 3 && body[0] === 0x61 && body[1] === 0xff ? 'rf-size' : 'other';
}
