import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { loadCardFile } from '../../simulator/reader/card-file.js';
import { type FaultInput, loadFaultFile } from '../../simulator/reader/faults.js';
import { SimulatedReader } from '../../simulator/reader/simulated-reader.js';
import { EXIT, note } from '../output.js';

const controlSchema = z.union([
  z.strictObject({ place: z.string().min(1) }),
  z.strictObject({ lift: z.literal(true) }),
  z.strictObject({ hangUp: z.int().min(0).max(600_000) }),
  z.strictObject({ fault: z.looseObject({ on: z.string(), do: z.unknown() }) }),
]);

interface Options {
  readonly link: string;
  readonly card?: string;
  readonly faults?: string;
  readonly baud?: number;
  readonly samId?: Uint8Array;
  readonly refinds?: boolean;
}

/** `countersign simulate reader`: the far side of the serial line. */
export function simulateReaderCommand(): Command {
  return new Command('reader')
    .description('A card reader on a pseudo terminal, which any program can open as a serial port.')
    .requiredOption('--link <path>', 'where the port appears')
    .option('--card <file>', 'card file (JSON) that lies on the reader from the beginning')
    .option('--faults <file>', 'fault script (JSON)')
    .option('--baud <rate>', 'pace the answers as a line of this speed would', parseBaud)
    .option('--sam-id <hex>', 'id of the module, 16 bytes', parseSamId)
    .option('--refinds', 'a module that finds a card again without its being lifted')
    .addHelpText(
      'after',
      `
Control, one JSON object per line on stdin:
  {"place": "card.json"}  {"lift": true}  {"hangUp": 500}  {"fault": {"on": "read", "do": {"status": "41"}}}
Records, one per line on stdout; the first is {"ready": PATH}.

Example:
  countersign simulate reader --link /tmp/reader --card card.json
  countersign card read --port /tmp/reader`,
    )
    .action(runSimulatedReader);
}

function parseBaud(text: string): number {
  const rate = Number(text);
  if (!Number.isInteger(rate) || rate < 300 || rate > 4_000_000)
    throw new InvalidArgumentError('It is 300 to 4000000.');
  return rate;
}

function parseSamId(text: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/i.test(text)) throw new InvalidArgumentError('It is 32 hexadecimal digits.');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

async function runSimulatedReader(options: Options): Promise<void> {
  const reader = await start(options).catch(complain);
  if (reader === undefined) return;
  const lines = createInterface({ input: process.stdin });
  let work = Promise.resolve();
  const ended = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
    // Started by another program, it ends with that program's pipe; started by hand or by a service, it stays.
    lines.once('close', () => (isPiped() ? resolve() : undefined));
  });
  lines.on('line', (line) => {
    work = work.then(() => control(reader, line));
  });
  await ended;
  lines.close();
  process.stdin.destroy();
  await reader.stop();
  process.exitCode = EXIT.done;
}

/** Reads the files first: a port that appears is one that answers. */
async function start(options: Options): Promise<SimulatedReader> {
  const { link, baud, samId, refinds = false } = options;
  const write = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const card = options.card === undefined ? undefined : await loadCardFile(options.card);
  const faults = options.faults === undefined ? undefined : await loadFaultFile(options.faults);
  const reader = await SimulatedReader.start({
    link,
    baud,
    refindsCard: refinds,
    record: write,
    ...(faults === undefined ? {} : { faults }),
    ...(samId === undefined ? {} : { samId }),
  });
  write({ ready: link });
  if (card !== undefined) reader.place(card);
  return reader;
}

/** What is wrong in a file is wrong usage; a file or port that cannot be had is unusable. */
function complain(error: unknown): undefined {
  const usage = error instanceof z.ZodError || error instanceof SyntaxError;
  note(`simulate reader: ${toMessage(error)}`);
  process.exitCode = usage ? EXIT.usage : EXIT.unusable;
}

function toMessage(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}

/** Is stdin another program's pipe, rather than a console or the null device of a service? */
function isPiped(): boolean {
  const stdin = fstatSync(0);
  return stdin.isFIFO() || stdin.isSocket();
}

async function control(reader: SimulatedReader, line: string): Promise<void> {
  if (line.trim() === '') return;
  try {
    const wish = controlSchema.parse(JSON.parse(line));
    if ('place' in wish) reader.place(await loadCardFile(wish.place));
    else if ('lift' in wish) reader.lift();
    else if ('hangUp' in wish) await reader.hangUp(wish.hangUp);
    else reader.addFault(wish.fault as FaultInput);
  } catch (error) {
    note(`simulate reader: ${toMessage(error)}`);
  }
}
