import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { ethnicGroupName } from '../card/codes.js';
import { maskFields } from '../card/mask.js';
import { type CardReader, checkCard, type ReaderEvent } from '../card/port.js';
import type { Clock } from '../clock/port.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { CardCheck, CardFields, CardRead } from '../domain/card.js';
import { isAbort, isTransient } from '../domain/errors.js';
import { makeClock, makeDecoder, makeReader } from '../drivers.js';
import { EXIT, note, print, printJson } from './output.js';

interface Options {
  readonly config?: string;
  readonly port?: string;
  readonly json?: boolean;
  readonly unmasked?: boolean;
  readonly photo?: string;
}

/** `countersign card`: what a technician needs to try a reader. */
export function cardCommand(): Command {
  return new Command('card')
    .description('Try the card reader: read one card, go on reading, or ask the module who it is.')
    .addCommand(
      withOptions(new Command('read').description('Wait for a card and print its fields, masked.'))
        .option('--unmasked', 'print personal fields in full')
        .option('--photo <file>', 'write the photo: decoded (.png, .jpg), or as the card holds it (.wlt)')
        .addHelpText('after', '\nExample:\n  countersign card read --port /dev/countersign-reader --json')
        .action(readOnce),
    )
    .addCommand(
      withOptions(new Command('watch').description('Print every card that is placed, until interrupted.'))
        .option('--unmasked', 'print personal fields in full')
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

async function readOnce(options: Options): Promise<void> {
  await withReader(options, async ({ reader, clock, config, signal }) => {
    const read = await reader.read(signal, tell());
    const checks = check(read, clock);
    show(read, checks, options);
    if (options.photo !== undefined) await savePhoto(read, options.photo, config, signal);
    read.photo?.bytes.fill(0);
    if (checks.some(({ ok, severity }) => !ok && severity === 'error')) process.exitCode = EXIT.no;
  });
}

async function watch(options: Options): Promise<void> {
  await withReader(options, async ({ reader, clock, signal }) => {
    while (!signal.aborted) {
      try {
        const read = await reader.read(signal, tell());
        // One line per card, so that a program can follow.
        if (options.json === true) print(JSON.stringify(describe(read, check(read, clock), options)));
        else show(read, check(read, clock), options);
        read.photo?.bytes.fill(0);
      } catch (error) {
        if (isAbort(error)) return;
        note(error instanceof Error ? error.message : String(error));
        // A pulled plug and a doubtful card are what a technician may be trying.
        await clock.sleep(isTransient(error) ? 300 : 1000, signal).catch(() => {});
      }
    }
  });
}

async function sam(options: Options): Promise<void> {
  await withReader(options, async ({ reader }) => {
    const found = await reader.check();
    if (options.json === true) printJson(found);
    else print(found.detail);
    if (found.ok) return;
    if (found.advice !== undefined) note(found.advice);
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

function check(read: CardRead, clock: Clock): CardCheck[] {
  return checkCard(read.fields, clock.today(), clock.now().confidence);
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

/** What `--json` prints: the fields, masked unless asked otherwise, with what was checked. */
function describe(read: CardRead, checks: readonly CardCheck[], options: Options): object {
  const { photo, samId } = read;
  return {
    ...shown(read, options),
    checks: checks.map(({ code, ok }) => ({ code, ok })),
    photo: photo === undefined ? null : { kind: photo.kind, bytes: photo.bytes.length },
    samId,
  };
}

function shown(read: CardRead, options: Options): CardFields {
  return options.unmasked === true ? read.fields : maskFields(read.fields);
}

function show(read: CardRead, checks: readonly CardCheck[], options: Options): void {
  if (options.json === true) {
    printJson(describe(read, checks, options));
    return;
  }
  for (const [label, value] of rows(shown(read, options))) {
    if (value !== undefined) print(`${label.padEnd(18)}${value}`);
  }
  const { photo } = read;
  print(
    `${'photo'.padEnd(18)}${photo === undefined ? 'none' : `${photo.bytes.length} bytes of ${photo.kind}`}`,
  );
  for (const { code, ok, severity } of checks) {
    print(`${ok ? 'ok' : severity === 'error' ? 'FAILED' : 'warning'}`.padEnd(18) + code);
  }
}

function rows(fields: CardFields): [string, string | undefined][] {
  const { ethnicGroup } = fields;
  return [
    ['kind', fields.kind],
    ['name', fields.name],
    ['Latin name', fields.nameLatin],
    ['sex', fields.sex],
    ['ethnic group', ethnicGroup === undefined ? undefined : ethnicGroupName(ethnicGroup)],
    ['nationality', fields.nationality],
    ['born', fields.birthDate],
    ['address', fields.address],
    ['number', fields.number],
    ['issued by', fields.issuer],
    ['valid', `${fields.validFrom} to ${fields.validUntil}`],
    ['travel permit', fields.permitNumber],
    ['issues', fields.issueCount?.toString()],
    ['older number', fields.oldNumberLink],
    ['card version', fields.cardVersion],
  ];
}

async function savePhoto(read: CardRead, file: string, config: Config, signal: AbortSignal): Promise<void> {
  if (read.photo === undefined) {
    note('This card came without a photo.');
    return;
  }
  if (file.endsWith('.wlt')) {
    await writeFile(file, read.photo.bytes, { mode: 0o600 });
    return;
  }
  const { width, height, rgb } = await makeDecoder(config.photoDecoder).decode(read.photo, signal);
  const { default: sharp } = await import('sharp');
  await sharp(rgb, { raw: { width, height, channels: 3 } }).toFile(file);
  rgb.fill(0);
}
