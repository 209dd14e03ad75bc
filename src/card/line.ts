import { SerialPort } from 'serialport';
import { cardFault } from './errors.js';

/** What a line tells its one listener. */
export interface LineListener {
  data(chunk: Uint8Array): void;
  gone(): void;
}

/** An open serial line. */
export interface Line {
  readonly path: string;
  readonly gone: boolean;
  /** One listener at a time; bytes that nobody listens for are thrown away. */
  listen(listener: LineListener | undefined): void;
  write(bytes: Uint8Array): Promise<void>;
  setBaudRate(baudRate: number): Promise<void>;
  close(): Promise<void>;
}

/** Where the reader is: a path (best one that udev keeps stable), or the USB id of its bridge. */
export interface LineAddress {
  readonly path?: string;
  readonly match?: {
    readonly vendorId: string;
    readonly productId: string;
    readonly serialNumber?: string | undefined;
  };
}

/**
 * Opens the line, 8N1 without flow control and locked against other programs. `list` tells which ports there are,
 * where the address is no path.
 *
 * @throws CARD_READER_GONE where no such port is there, CARD_READER_BUSY where another program has it
 */
export async function openSerialLine(
  address: LineAddress,
  baudRate: number,
  list: ListPorts = SerialPort.list,
): Promise<Line> {
  const path = address.path ?? (await findPath(address, list));
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openFault(error, path)) : resolve()));
  });
  return new SerialLine(port);
}

async function findPath({ match }: LineAddress, list: ListPorts): Promise<string> {
  const ports = await listPorts(list);
  const path = choosePort(ports, match);
  if (path === undefined) throw cardFault('READER_GONE', { details: { ports: ports.length } });
  return path;
}

/** As the system describes a port. */
export interface PortDescription {
  readonly path: string;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly serialNumber?: string | undefined;
}

export type ListPorts = () => Promise<PortDescription[]>;

/**
 * The port that is the reader's: its name may have changed since it was last seen, its USB id has not. Without any
 * configuration the only USB serial port there is must be the reader; two would be a guess.
 */
export function choosePort(
  ports: readonly PortDescription[],
  match: LineAddress['match'],
): string | undefined {
  if (match === undefined) {
    const [only, ...others] = ports.filter(({ vendorId }) => vendorId !== undefined);
    return others.length === 0 ? only?.path : undefined;
  }
  const same = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();
  return ports.find(
    ({ vendorId, productId, serialNumber }) =>
      same(vendorId, match.vendorId) &&
      same(productId, match.productId) &&
      (match.serialNumber === undefined || serialNumber === match.serialNumber),
  )?.path;
}

async function listPorts(list: ListPorts): Promise<PortDescription[]> {
  try {
    return await list();
  } catch (cause) {
    throw cardFault('READER_GONE', { cause, details: { problem: 'ports cannot be listed (udevadm)' } });
  }
}

/** What is worth telling of why a port cannot be opened, beyond that it is not there. */
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/permission|access/i, 'permission denied: the account belongs into group dialout'],
  [/inappropriate ioctl|is a directory/i, 'this is no serial port'],
];

function openFault(cause: Error, path: string): Error {
  if (/lock|busy|temporarily unavailable/i.test(cause.message))
    return cardFault('READER_BUSY', { cause, details: { path } });
  const [, problem] = PROBLEMS.find(([pattern]) => pattern.test(cause.message)) ?? [];
  return cardFault('READER_GONE', { cause, details: problem === undefined ? { path } : { path, problem } });
}

class SerialLine implements Line {
  readonly path: string;
  readonly #port: SerialPort;
  #listener: LineListener | undefined;
  #gone: boolean = false;

  constructor(port: SerialPort) {
    this.#port = port;
    this.path = port.path;
    port.on('data', (chunk: Buffer) => {
      this.#listener?.data(chunk);
      // Pieces of the stream are a person's data: overwritten as soon as the parser has its copy.
      chunk.fill(0);
    });
    port.on('close', () => this.#vanish());
    port.on('error', () => this.#vanish());
  }

  get gone(): boolean {
    return this.#gone;
  }

  listen(listener: LineListener | undefined): void {
    this.#listener = listener;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#gone) throw cardFault('READER_GONE');
    await new Promise<void>((resolve, reject) => {
      this.#port.write(Buffer.from(bytes), (cause) =>
        cause ? reject(cardFault('READER_GONE', { cause })) : resolve(),
      );
    });
  }

  async setBaudRate(baudRate: number): Promise<void> {
    if (this.#gone) throw cardFault('READER_GONE');
    await new Promise<void>((resolve, reject) => {
      this.#port.update({ baudRate }, (cause) =>
        cause ? reject(cardFault('READER_GONE', { cause })) : resolve(),
      );
    });
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    if (this.#port.isOpen) {
      await new Promise<void>((resolve) => {
        this.#port.close(() => resolve());
      });
    }
    this.#gone = true;
    this.#port.removeAllListeners('data');
    this.#port.destroy();
  }

  #vanish(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#listener?.gone();
  }
}
