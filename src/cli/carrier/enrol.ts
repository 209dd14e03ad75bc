import { Command } from 'commander';
import { z } from 'zod';
import { enrolTerminal } from '../../carrier/enrol.js';
import { parseSiteConfig } from '../../config/site.js';
import { parsePolicy } from '../../visit/policy.js';
import { print, printJson } from '../output.js';
import { readJsonFile, writeTextFile } from '../text-file.js';
import { isTls, readAuthority, withCarrier } from './directory.js';
import { type PlaceOptions, parseBrokerUrl, parseId, withPlace } from './options.js';

interface Options extends PlaceOptions {
  readonly request: string;
  readonly terminal: string;
  readonly site: string;
  readonly broker: string;
  readonly policy?: string;
  readonly configuration?: string;
  readonly replaceKey?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

const MAX_BYTES = 64 * 1024;

/** Takes a terminal in, and makes its site bundle. */
export function carrierEnrolCommand(): Command {
  return withPlace(new Command('enrol'))
    .description(
      'Take a terminal in and make its site bundle, certificate included where the broker speaks TLS.',
    )
    .requiredOption('--request <file>', 'what `countersign provision request` wrote')
    .requiredOption('--terminal <id>', 'its name from now on', parseId)
    .requiredOption('--site <id>', 'the shop', parseId)
    .requiredOption('--broker <url>', 'where terminals reach the broker', parseBrokerUrl)
    .option('--policy <file>', 'policy of the visits (JSON)')
    .option('--configuration <file>', 'its sections uplink, outbox and log (JSON); its own file goes before')
    .option('--replace-key', 'the terminal lost its keys: take its new ones')
    .option('--out <file>', 'write the bundle there; else on stdout')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  countersign carrier enrol --directory /srv/carrier --request request.json --terminal t-1001 --site shop-17 \\
    --broker mqtts://broker.example.com:8883 --out site-bundle.jws`,
    )
    .action(enrol);
}

async function enrol(options: Options): Promise<void> {
  const { directory, terminal, site, broker: brokerUrl, replaceKey = false, out } = options;
  const enrolment = await readJsonFile(options.request, MAX_BYTES, z.unknown());
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy);
  const configuration =
    options.configuration === undefined ? undefined : await readConfiguration(options.configuration);
  const authority = isTls(brokerUrl) ? await readAuthority(directory) : undefined;
  const bundle = await withCarrier(options, (carrier) =>
    enrolTerminal(carrier, {
      enrolment,
      terminal,
      site,
      brokerUrl,
      authority,
      replaceKey,
      ...(policy === undefined ? {} : { policy }),
      ...(configuration === undefined ? {} : { configuration }),
    }),
  );
  if (out !== undefined) await writeTextFile(out, `${bundle}\n`);
  if (options.json === true)
    printJson({ terminal, site, ...(out === undefined ? { bundle } : { bundleFile: out }) });
  else print(out === undefined ? bundle : `Site bundle for ${terminal} written to ${out}.`);
}

/** What the terminal would refuse is refused here already. */
async function readPolicy(file: string): Promise<Record<string, unknown>> {
  const given = await readJsonFile(file, MAX_BYTES, z.record(z.string(), z.unknown()));
  parsePolicy(given);
  return given;
}

async function readConfiguration(file: string): Promise<Record<string, unknown>> {
  const given = await readJsonFile(file, MAX_BYTES, z.record(z.string(), z.unknown()));
  parseSiteConfig(given);
  return given;
}
