import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { SiteBundle } from '../contract/site-bundle.js';
import { examineSiteBundle } from '../examine-bundle.js';
import { acceptBundle } from '../identity/bundle.js';
import { requestEnrolment } from '../identity/enrolment.js';
import { createKeys } from '../identity/keys.js';
import { parseRoot } from '../identity/root.js';
import { EXIT, note, print, printJson } from './output.js';
import { describeProvision } from './provision-status.js';
import { readTextFile, writeTextFile } from './text-file.js';

interface Options {
  readonly config?: string;
  readonly stateDirectory?: string;
  readonly json?: boolean;
}

const MAX_BUNDLE_BYTES = 512 * 1024;
const MAX_ROOT_BYTES = 4096;

/** `countersign provision`: who this terminal is. May be run again at any time; keys and queued reports stay. */
export function provisionCommand(): Command {
  return new Command('provision')
    .description("Make the terminal's keys, ask the carrier for a site bundle, take it.")
    .addCommand(
      withOptions(new Command('init').description("Make the terminal's keys where there are none."))
        .addHelpText('after', '\nExample:\n  countersign provision init')
        .action(init),
    )
    .addCommand(
      withOptions(new Command('request').description('Write what the carrier needs to make a site bundle.'))
        .argument('[file]', 'where to, e.g. on a memory stick; else on stdout')
        .addHelpText('after', '\nExample:\n  countersign provision request /media/stick/request.json')
        .action(request),
    )
    .addCommand(
      withOptions(
        new Command('accept').description('Take a site bundle: verified whole before it is written.'),
      )
        .argument('<file>', 'the site bundle of the carrier')
        .option('--root <file>', "the carrier's public root key (JWK); needed the first time")
        .addHelpText(
          'after',
          '\nExample:\n  countersign provision accept /media/stick/site-bundle.jws --root /media/stick/root.jwk',
        )
        .action(accept),
    )
    .addCommand(
      withOptions(new Command('status').description('Show who this terminal is, and what is still missing.'))
        .addHelpText('after', '\nExample:\n  countersign provision status --json')
        .action(status),
    );
}

function withOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file')
    .option('--state-directory <dir>', 'instead of the configured one')
    .option('--json', 'print JSON');
}

async function init(options: Options): Promise<void> {
  const { stateDirectory } = await settings(options);
  const { keyId, created } = await createKeys(stateDirectory);
  if (options.json === true) {
    printJson({ terminalKey: keyId, created, stateDirectory });
    return;
  }
  print(`${created ? 'Keys made' : 'Keys are there already and stay'} in ${stateDirectory}.`);
  print(`Terminal key: ${keyId}`);
  note('Next: countersign provision request FILE, and hand the file to the carrier.');
}

async function request(file: string | undefined, options: Options): Promise<void> {
  const { stateDirectory } = await settings(options);
  const enrolment = await requestEnrolment(stateDirectory);
  if (file === undefined) {
    printJson(enrolment);
    return;
  }
  await writeTextFile(file, `${JSON.stringify(enrolment, null, 2)}\n`);
  if (options.json === true) printJson({ file, terminalKey: enrolment.terminalKey });
  else print(`Request for terminal key ${enrolment.terminalKey} written to ${file}.`);
}

async function accept(file: string, options: Options & { root?: string }): Promise<void> {
  const config = await settings(options);
  const text = await readTextFile(file, MAX_BUNDLE_BYTES);
  const root =
    options.root === undefined
      ? undefined
      : await parseRoot(await readTextFile(options.root, MAX_ROOT_BYTES));
  const bundle = await acceptBundle(config.stateDirectory, text, {
    ...(root === undefined ? {} : { root }),
    examine: (each) => examineSiteBundle(config, each),
  });
  if (options.json === true) {
    printJson(factsOf(bundle));
    return;
  }
  print(`Terminal ${bundle.terminal} at site ${bundle.site}: bundle ${bundle.serial} is in force.`);
  note('A service that runs takes it at its next start: systemctl restart countersign');
}

function factsOf({ terminal, site, serial, issuedAt }: SiteBundle) {
  return { terminal, site, serial, issuedAt };
}

async function status(options: Options): Promise<void> {
  const { stateDirectory } = await settings(options);
  const facts = await describeProvision(stateDirectory);
  process.exitCode = facts.ready ? EXIT.done : EXIT.no;
  if (options.json === true) {
    printJson(facts);
    return;
  }
  for (const [key, value] of Object.entries(facts)) {
    if (key === 'carrierKeys' || value === undefined) continue;
    print(`${key.padEnd(20)} ${typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)}`);
  }
  for (const { kid, use, state } of facts.carrierKeys)
    print(`${`carrier key (${use})`.padEnd(20)} ${kid}: ${state}`);
}

async function settings({ config: file, stateDirectory }: Options): Promise<Config> {
  const config = await loadConfig({ file });
  return stateDirectory === undefined ? config : { ...config, stateDirectory };
}
