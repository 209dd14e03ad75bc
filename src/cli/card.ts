import { Command } from 'commander';
import { type CardReader, type CardReading, checkCard, type ReaderEvent } from '../card/port.js';
import type { Clock } from '../clock/port.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { isAbort, isCountersignError, isTransient } from '../domain/errors.js';
import { makeClock, makeDecoder, makeReader } from '../drivers.js';
import { describeCard, printCard } from './card-output.js';
import { isPhotoFile, writePhotoFile } from './card-photo-file.js';
import { EXIT, note, print, printJson } from './output.js';

interface Options {
  readonly config?: string;
  readonly port?: string;
  readonly json?: boolean;
  readonly unmasked?: boolean;
  readonly addresses?: boolean;
  readonly photo?: string;
}

/** Faults of a card on a reader that works: it ran, and the answer is no. */
const REFUSED: ReadonlySet<string> = new Set(['CARD_NOT_GENUINE', 'CARD_CONTENT_INVALID']);

/** `countersign card`: what a technician needs to try a reader. */
export function cardCommand(): Command {
  return new Command('card')
    .description('Try the card reader: read one card, go on reading, or ask the module who it is.')
    .addCommand(
      withOptions(new Command('read').description('Wait for a card and print its fields, masked.'))
        .option('--unmasked', 'print personal fields in full')
        .option('--addresses', 'ask for additional addresses, too')
        .option('--photo <file>', 'write the photo: decoded (.png, .jpg), or as the card holds it (.wlt)')
        .addHelpText('after', '\nExample:\n  countersign card read --port /dev/countersign-reader --json')
        .action(readOnce),
    )
    .addCommand(
      withOptions(new Command('watch').description('Print every card that is placed, until interrupted.'))
        .option('--unmasked', 'print personal fields in full')
        .option('--addresses', 'ask for additional addresses, too')
        .addHelpText('after', '\nExample:\n  countersign card watch --port /dev/ttyUSB0')
        .action(watch),
    )
    .addCommand(
      withOptions(
        new Command('sam').description('Print the id of the security module, and how it is reached.'),
      )
        .addHelpText('after', '\nExample:\n  countersign card sam --json')
        .action(sam),
    );
}

function withOptions(command: Command): Command {
  return command
    .option('--port <path>', 'serial port of the reader, instead of the configured one')
    .option('--config <file>', 'configuration file')
    .option('--json', 'print JSON');
}

async function readOnce(options: Options, command: Command): Promise<void> {
  const { photo: file } = options;
  if (file !== undefined && !isPhotoFile(file)) {
    command.error('error: --photo takes a file that ends in .png, .jpg or .wlt');
  }
  await withReader(options, async (hands) => {
    const read = await readOrRefusal(hands, options);
    if (read === undefined) return;
    const accepted = show(read, hands.clock, options);
    if (!accepted) process.exitCode = EXIT.no;
    if (file !== undefined) await savePhoto(read, file, hands);
    read.photo?.bytes.fill(0);
  });
}

async function readOrRefusal(
  { reader, signal }: Hands,
  { addresses = false }: Options,
): Promise<CardReading | undefined> {
  try {
    return await reader.read(signal, tell(), { addresses });
  } catch (error) {
    if (!isCountersignError(error) || !REFUSED.has(error.code)) throw error;
    note(`countersign: ${error.message}`);
    process.exitCode = EXIT.no;
    return undefined;
  }
}

async function savePhoto({ photo }: CardReading, file: string, { config, signal }: Hands): Promise<void> {
  if (photo === undefined) {
    note('This card came without a photo.');
    return;
  }
  try {
    await writePhotoFile(photo, file, makeDecoder(config.photoDecoder), signal);
  } catch (error) {
    if (isCountersignError(error) || isAbort(error)) throw error;
    note(
      `countersign: the photo cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = EXIT.unusable;
  }
}

async function watch(options: Options): Promise<void> {
  await withReader(options, async ({ reader, clock, signal }) => {
    const told = tell();
    let complaint = '';
    while (!signal.aborted) {
      try {
        const read = await reader.read(signal, told, { addresses: options.addresses ?? false });
        show(read, clock, options, 'line');
        read.photo?.bytes.fill(0);
        complaint = '';
      } catch (error) {
        if (isAbort(error)) return;
        const message = error instanceof Error ? error.message : String(error);
        // A plug that stays out for an hour is said once.
        if (message !== complaint) note(message);
        complaint = message;
        // A pulled plug and a doubtful card are what a technician may be trying.
        await clock.sleep(isTransient(error) ? 300 : 1000, signal).catch(() => {});
      }
    }
  });
}

async function sam(options: Options): Promise<void> {
  await withReader(options, async ({ reader }) => {
    const { ok, module, detail, advice } = await reader.check();
    if (options.json === true)
      printJson({ ok, ...module, detail, ...(advice === undefined ? {} : { advice }) });
    else print(detail);
    if (ok) return;
    if (advice !== undefined) note(advice);
    process.exitCode = EXIT.unusable;
  });
}

interface Hands {
  readonly reader: CardReader;
  readonly clock: Clock;
  readonly config: Config;
  readonly signal: AbortSignal;
}

/** Opens the reader for one command; an interrupt ends the command, and the port is closed in every case. */
async function withReader(options: Options, work: (hands: Hands) => Promise<void>): Promise<void> {
  const set = options.port === undefined ? [] : [`reader.path=${JSON.stringify(options.port)}`];
  const config = await loadConfig({ file: options.config, set });
  const clock = makeClock();
  const reader = makeReader(config.reader, { clock });
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await work({ reader, clock, config, signal: stop.signal });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await reader.close();
  }
}

/** Prints a card, as one line of JSON where programs follow many; tells whether it is accepted as a document. */
function show(
  read: CardReading,
  clock: Clock,
  { json = false, unmasked = false }: Options,
  form: 'block' | 'line' = 'block',
): boolean {
  const checks = checkCard(read.fields, clock.today(), clock.now().confidence);
  if (!json) printCard(read, checks, unmasked);
  else if (form === 'line') print(JSON.stringify(describeCard(read, checks, unmasked)));
  else printJson(describeCard(read, checks, unmasked));
  return checks.every(({ ok, severity }) => ok || severity !== 'error');
}

/** Says on stderr what the person at the reader is to do; the same thing only once in a row. */
function tell(): (event: ReaderEvent) => void {
  let last = '';
  return (event) => {
    const line = {
      waiting: 'Place a card on the reader.',
      found: 'Found; hold it still.',
      reading: 'Reading.',
      'place-again': 'Take the card away and place it again.',
    }[event.type];
    if (line !== last) note(event.type === 'place-again' ? `${line} (${event.code})` : line);
    last = line;
  };
}
