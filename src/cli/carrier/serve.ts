import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { startReferenceCarrier } from '../../carrier/reference-carrier.js';
import { answerBodySchema } from '../../contract/carrier-messages.js';
import { isCountersignError } from '../../domain/errors.js';
import { EXIT, note } from '../output.js';
import { untilStopped } from '../signals.js';
import { readJsonFile } from '../text-file.js';
import { brokerConnection, withCarrier } from './directory.js';
import { describeReport, describeResult, writeEvent } from './events.js';
import { type PlaceOptions, withBroker, withPlace } from './options.js';

interface Options extends PlaceOptions {
  readonly broker: string;
  readonly numbers?: string;
  readonly unmasked?: boolean;
  readonly group?: string;
  readonly part?: { index: number; of: number };
}

const MAX_NUMBERS_BYTES = 64 * 1024 * 1024;
/** Card number → the numbers that stand in this holder's name. */
const numbersSchema = z.record(z.string(), answerBodySchema.shape.numbers);

/** Takes reports until it is told to stop. */
export function carrierServeCommand(): Command {
  return withBroker(withPlace(new Command('serve')))
    .description('Take, verify, open, keep and receipt what terminals send; print each as a JSON line.')
    .option('--numbers <file>', 'JSON: card number → numbers in this name, for numbers-in-my-name')
    .option('--unmasked', 'print personal fields in full')
    .option('--group <name>', 'share the work with others of this group (broker with shared subscriptions)')
    .option('--part <i/n>', 'share the work by terminal ids: this is part i (from 1) of n', parsePart)
    .addHelpText(
      'after',
      `
Events: report, status, order-state, command-result, refused.

Example:
  countersign carrier serve --directory /srv/carrier --broker mqtts://broker.example.com:8884 >> reports.jsonl`,
    )
    .action(serve);
}

function parsePart(text: string): { index: number; of: number } {
  const [, index, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of) {
    throw new InvalidArgumentError('It is i/n, e.g. 1/4.');
  }
  return { index: index - 1, of };
}

async function serve(options: Options): Promise<void> {
  const { directory, broker: url, group, part, unmasked = false } = options;
  const numbers =
    options.numbers === undefined
      ? {}
      : await readJsonFile(options.numbers, MAX_NUMBERS_BYTES, numbersSchema);
  const connection = await brokerConnection(directory, url);
  await withCarrier(options, async (carrier) => {
    const link = await startReferenceCarrier(
      {
        url,
        connection,
        ...(group === undefined ? {} : { sharedGroup: group }),
        ...(part === undefined ? {} : { part }),
      },
      {
        carrier,
        numbersOf: ({ number }) => numbers[number] ?? [],
        onReport: (opened, kept) => writeEvent('report', describeReport(opened, kept, unmasked)),
        onStatus: (terminal, status) => writeEvent('status', { terminal, status }),
        onOrderState: (state) => writeEvent('order-state', state),
        onCommandResult: (result, logs) => writeEvent('command-result', describeResult(result, logs)),
        onRefused: (terminal, name, error) =>
          writeEvent('refused', {
            terminal,
            topic: name,
            code: isCountersignError(error) ? error.code : 'INVALID',
          }),
      },
    );
    note(`Listening at ${url.replace(/\/\/[^/@]*@/, '//')}; stop with Ctrl-C.`);
    await untilStopped();
    await link.close();
  });
  process.exitCode = EXIT.done;
}
