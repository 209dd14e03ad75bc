import { Command } from 'commander';
import { carrierFault } from '../../carrier/errors.js';
import { EXIT, print, printJson } from '../output.js';
import { withCarrier } from './directory.js';
import { type PlaceOptions, parseId, withPlace } from './options.js';

interface Options extends PlaceOptions {
  readonly terminal?: string;
  readonly json?: boolean;
}

/** What is missing, and what does not fit. */
export function carrierAuditCommand(): Command {
  return withPlace(new Command('audit'))
    .description(
      'Look through what terminals sent: missing numbers, breaks and forks of the chain (then ends with 1).',
    )
    .option('--terminal <id>', 'this one only', parseId)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  countersign carrier audit --directory /srv/carrier')
    .action(audit);
}

async function audit(options: Options): Promise<void> {
  const { terminal, json = false } = options;
  const found = await withCarrier(options, async (carrier) => {
    if (terminal !== undefined && (await carrier.store.find(terminal)) === undefined) {
      throw carrierFault('TERMINAL_UNKNOWN', { details: { terminal } });
    }
    const ids = terminal === undefined ? await carrier.store.terminals() : [terminal];
    const results = [];
    for (const id of ids) results.push({ terminal: id, ...(await carrier.audit(id)) });
    return results;
  });
  const bad = found.filter(({ missing, broken }) => missing.length + broken.length > 0);
  process.exitCode = bad.length === 0 ? EXIT.done : EXIT.no;
  if (json) {
    printJson({ ok: bad.length === 0, terminals: found });
    return;
  }
  for (const { terminal: id, last, missing, broken } of found) {
    const faults = [named('missing', missing), named('broken at', broken)].filter((it) => it !== '');
    print(`${id}: ${last} reports${faults.length === 0 ? ', whole' : `, ${faults.join(', ')}`}`);
  }
  if (found.length === 0) print('No terminal is enrolled.');
}

const MOST_NAMED = 20;

function named(what: string, numbers: readonly number[]): string {
  if (numbers.length === 0) return '';
  const more = numbers.length > MOST_NAMED ? ` and ${numbers.length - MOST_NAMED} more` : '';
  return `${what} ${numbers.slice(0, MOST_NAMED).join(' ')}${more}`;
}
