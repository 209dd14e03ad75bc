import { Command, InvalidArgumentError, Option } from 'commander';
import type { Carrier } from '../../carrier/carrier.js';
import { describeKeys, forgetKey, forgetPassedKeys, type KeysOfTerminal } from '../../carrier/forget-keys.js';
import { sha256 } from '../../contract/names.js';
import { print, printJson } from '../output.js';
import { withCarrier } from './directory.js';
import { type PlaceOptions, parseId, withPlace } from './options.js';

interface Options extends PlaceOptions {
  readonly terminal?: string;
  readonly forgetPassed?: boolean;
  readonly forget?: string;
  readonly revoke?: string;
  readonly json?: boolean;
}

/** Which keys are taken from terminals, and the end of those of before. */
export function carrierKeysCommand(): Command {
  return withPlace(new Command('keys'))
    .description('Show which keys are taken from terminals; forget or revoke those of before rotate-keys.')
    .option('--terminal <id>', 'this one only', parseId)
    .addOption(
      new Option(
        '--forget-passed',
        'forget the former keys of every terminal whose chain has passed them',
      ).conflicts(['forget', 'revoke']),
    )
    .addOption(
      new Option('--forget <key>', 'forget this former key, if no report with it can be under way')
        .argParser(parseKey)
        .conflicts('revoke'),
    )
    .option('--revoke <key>', 'refuse this former key from now on, whatever still waits with it', parseKey)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  countersign carrier keys --directory /srv/carrier --forget-passed
  countersign carrier keys --directory /srv/carrier --terminal t-1001 --revoke 3TKzlaXrrSPnPfM1BDu9gxGDExMkzkNJmAI9iAFyBBA`,
    )
    .action(keys);
}

function parseKey(text: string): string {
  if (!sha256.safeParse(text).success)
    throw new InvalidArgumentError('It is the id of a key, 43 characters.');
  return text;
}

interface Shown extends KeysOfTerminal {
  readonly forgotten: readonly string[];
}

async function keys(options: Options, command: Command): Promise<void> {
  const { terminal, forget, revoke } = options;
  if ((forget ?? revoke) !== undefined && terminal === undefined) {
    command.error('error: a key is forgotten or revoked for one terminal: name it with --terminal');
  }
  const shown = await withCarrier(options, async (carrier) => {
    const ids = terminal === undefined ? await carrier.store.terminals() : [terminal];
    const all: Shown[] = [];
    for (const id of ids) {
      const forgotten = await forgetAsAsked(carrier, id, options);
      all.push({ ...(await describeKeys(carrier, id)), forgotten });
    }
    return all;
  });
  if (options.json === true) {
    printJson({ terminals: shown });
    return;
  }
  for (const each of shown) for (const line of linesOf(each)) print(line);
  if (shown.length === 0) print('No terminal is enrolled.');
}

async function forgetAsAsked(
  carrier: Carrier,
  terminal: string,
  { forgetPassed = false, forget, revoke }: Options,
): Promise<readonly string[]> {
  if (forgetPassed) return forgetPassedKeys(carrier, terminal);
  const keyId = forget ?? revoke;
  if (keyId === undefined) return [];
  await forgetKey(carrier, terminal, keyId, { revoke: revoke !== undefined });
  return [keyId];
}

function linesOf({ terminal, newest, former, passed, forgotten }: Shown): string[] {
  const still = passed ? 'passed: may be forgotten' : 'taken: reports with it may still wait';
  return [
    `${terminal}: ${newest} newest`,
    ...former.map((keyId) => `${terminal}: ${keyId} former, ${still}`),
    ...forgotten.map((keyId) => `${terminal}: ${keyId} forgotten`),
  ];
}
