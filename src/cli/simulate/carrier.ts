import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { z } from 'zod';
import { type Carrier, createCarrier } from '../../carrier/carrier.js';
import { enrolTerminal } from '../../carrier/enrol.js';
import { openCarrierStore } from '../../carrier/open-store.js';
import { type ReferenceCarrier, startReferenceCarrier } from '../../carrier/reference-carrier.js';
import { commandSchema } from '../../contract/carrier-messages.js';
import { identifier } from '../../contract/names.js';
import { SERVICES } from '../../domain/service.js';
import { LANGUAGES } from '../../domain/visit.js';
import {
  brokerConnection,
  carrierFiles,
  initCarrier,
  isTls,
  readAuthority,
  readKeys,
} from '../carrier/directory.js';
import { describeReport, describeResult, writeEvent } from '../carrier/events.js';
import { withBroker } from '../carrier/options.js';
import { inventedNumbers } from '../invented-numbers.js';
import { EXIT, note } from '../output.js';
import { stdinIsPiped } from '../stdin.js';
import { readJsonFile, writeTextFile } from '../text-file.js';
import { SendFaults, sendFaultFileSchema, sendFaultSchema } from './carrier-faults.js';

const validForMs = z.int().min(-86_400_000).max(604_800_000).optional();
const controlSchema = z.union([
  z.strictObject({
    enrol: z.strictObject({
      request: z.string().min(1),
      terminal: identifier,
      site: identifier.default('simulated-shop'),
      broker: z.string().optional(),
      policy: z.record(z.string(), z.unknown()).optional(),
      out: z.string().min(1),
    }),
  }),
  z.strictObject({
    order: z.strictObject({
      terminal: identifier,
      service: z.enum(SERVICES),
      registeredHolder: z.string().max(18).optional(),
      language: z.enum(LANGUAGES).optional(),
      validForMs,
    }),
  }),
  z.strictObject({
    command: z.strictObject({
      terminal: identifier,
      command: commandSchema.shape.command,
      arguments: commandSchema.shape.arguments,
      validForMs,
    }),
  }),
  z.strictObject({ fault: sendFaultSchema }),
]);
type Control = z.infer<typeof controlSchema>;

interface Options {
  readonly directory: string;
  readonly broker: string;
  readonly faults?: string;
  readonly unmasked?: boolean;
}

const MAX_BYTES = 1024 * 1024;

/** `countersign simulate carrier`: a carrier with invented numbers that can be told to misbehave. */
export function simulateCarrierCommand(): Command {
  return withBroker(new Command('carrier'))
    .description(
      'A carrier on a broker: takes reports, invents numbers, loses or forges receipts when told to.',
    )
    .option(
      '--directory <dir>',
      'its keys and what it received; made where it is not there',
      './simulated-carrier',
    )
    .option('--faults <file>', 'fault script (JSON)')
    .option('--unmasked', 'print personal fields in full')
    .addHelpText(
      'after',
      `
Control, one JSON object per line on stdin:
  {"enrol": {"request": "request.json", "terminal": "t-1", "out": "bundle.jws"}}
  {"order": {"terminal": "t-1", "service": "new-number"}}
  {"command": {"terminal": "t-1", "command": "reload"}}
  {"fault": {"on": "receipt", "skip": 0, "times": 3, "do": {"lose": true}}}
What a fault does: delayMs, lose, copies, forge, flip, another, toTerminal.
Records, one per line on stdout; the first is {"event": "ready", ...}.

Example:
  countersign simulate carrier --broker mqtt://localhost --faults faults.json`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { directory, broker: url, unmasked = false } = options;
  await initCarrier(directory);
  const faults = new SendFaults(await loadFaults(options.faults), (fact) => writeEvent('fault', fact));
  const store = await openCarrierStore(carrierFiles(directory).store);
  const carrier = createCarrier({ keys: await readKeys(directory), store });
  try {
    const link = await startReferenceCarrier(
      { url, connection: await brokerConnection(directory, url) },
      {
        carrier,
        numbersOf: inventedNumbers,
        onSend: faults.onSend,
        onReport: (opened, kept) => writeEvent('report', describeReport(opened, kept, unmasked)),
        onStatus: (terminal, status) => writeEvent('status', { terminal, status }),
        onOrderState: (state) => writeEvent('order-state', state),
        onCommandResult: (result, logs) => writeEvent('command-result', describeResult(result, logs)),
        onRefused: (terminal, name) => writeEvent('refused', { terminal, topic: name }),
      },
    );
    writeEvent('ready', { broker: url, root: carrierFiles(directory).root });
    await obey({ carrier, link, faults, options });
    await link.close();
  } finally {
    await store.close();
  }
  process.exitCode = EXIT.done;
}

async function loadFaults(file: string | undefined) {
  if (file === undefined) return [];
  return (await readJsonFile(file, MAX_BYTES, sendFaultFileSchema)).faults;
}

interface Hands {
  readonly carrier: Carrier;
  readonly link: ReferenceCarrier;
  readonly faults: SendFaults;
  readonly options: Options;
}

/** Does what comes on stdin, until it is told to stop. */
async function obey(hands: Hands): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let work = Promise.resolve();
  lines.on('line', (line) => {
    work = work.then(() => control(hands, line));
  });
  await new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
    // Started by another program, it ends with that program's pipe; started by hand or by a service, it stays.
    lines.once('close', () => (stdinIsPiped() ? resolve() : undefined));
  });
  lines.close();
  process.stdin.destroy();
  await work;
}

async function control(hands: Hands, line: string): Promise<void> {
  if (line.trim() === '') return;
  try {
    await obeyOne(hands, controlSchema.parse(JSON.parse(line)));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    note(`simulate carrier: ${why}`);
  }
}

async function obeyOne({ carrier, link, faults, options }: Hands, wish: Control): Promise<void> {
  if ('fault' in wish) {
    faults.add(wish.fault);
  } else if ('order' in wish) {
    const { terminal, service, ...rest } = wish.order;
    writeEvent('ordered', {
      terminal,
      orderId: await link.sendOrder({ terminal, service, ...present(rest) }),
    });
  } else if ('command' in wish) {
    const { terminal, command, ...rest } = wish.command;
    writeEvent('commanded', {
      terminal,
      id: await link.sendCommand({ terminal, command, ...present(rest) }),
    });
  } else {
    const { request, terminal, site, broker: brokerUrl = options.broker, policy, out } = wish.enrol;
    const bundle = await enrolTerminal(carrier, {
      enrolment: await readJsonFile(request, MAX_BYTES, z.unknown()),
      terminal,
      site,
      brokerUrl,
      authority: isTls(brokerUrl) ? await readAuthority(options.directory) : undefined,
      replaceKey: true,
      ...(policy === undefined ? {} : { policy }),
    });
    await writeTextFile(out, `${bundle}\n`);
    writeEvent('enrolled', { terminal, bundle: out });
  }
}

/** Without the keys that have no value. */
function present<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>;
  };
}
