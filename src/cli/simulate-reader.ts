import { fstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { z } from 'zod';
import { loadCardFile } from '../simulator/reader/card-file.js';
import { type FaultInput, faultFileSchema } from '../simulator/reader/faults.js';
import { SimulatedReader } from '../simulator/reader/simulated-reader.js';
import { EXIT, note } from './output.js';

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
  readonly baud?: string;
  readonly refinds?: boolean;
}

/** `countersign simulate reader`: the far side of the serial line. */
export function simulateReaderCommand(): Command {
  return new Command('reader')
    .description('A card reader on a pseudo terminal, which any program can open as a serial port.')
    .requiredOption('--link <path>', 'where the port appears')
    .option('--card <file>', 'card file (JSON) that lies on the reader from the beginning')
    .option('--faults <file>', 'fault script (JSON)')
    .option('--baud <rate>', 'pace the answers as a line of this speed would')
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

async function runSimulatedReader(options: Options): Promise<void> {
  const write = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const faults =
    options.faults === undefined
      ? undefined
      : faultFileSchema.parse(JSON.parse(await readFile(options.faults, 'utf8')));
  const card = options.card === undefined ? undefined : await loadCardFile(options.card);
  const reader = await SimulatedReader.start({
    link: options.link,
    ...(faults === undefined ? {} : { faults }),
    ...(options.baud === undefined
      ? {}
      : { baud: z.coerce.number().int().min(300).max(4_000_000).parse(options.baud) }),
    refindsCard: options.refinds === true,
    record: write,
  });
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
  write({ ready: options.link });
  if (card !== undefined) reader.place(card);
  await ended;
  lines.close();
  process.stdin.destroy();
  await reader.stop();
  process.exitCode = EXIT.done;
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
    note(`simulate reader: ${error instanceof Error ? error.message : String(error)}`);
  }
}
