import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { mosquittoRules, mosquittoSettings } from '../../carrier/broker-rules.js';
import { note, print, printJson } from '../output.js';
import { writeTextFile } from '../text-file.js';
import { readAuthority, readCarrierCa } from './directory.js';
import { parsePort, withPlace } from './options.js';

interface Options {
  readonly directory: string;
  readonly host: string[];
  readonly port: number;
  readonly carrierPort: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Everything that a broker needs to tell terminals apart by their certificates. */
export function carrierBrokerCommand(): Command {
  return withPlace(new Command('broker'))
    .description(
      'Make certificate, access rules and settings of a mosquitto that knows terminals by certificate.',
    )
    .requiredOption('--host <name...>', 'names or addresses under which terminals reach it')
    .option('--port <number>', 'TLS port for terminals', parsePort, 8883)
    .option('--carrier-port <number>', 'TLS port for carriers', parsePort, 8884)
    .option('--out <dir>', 'where to; else broker/ in the directory')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  countersign carrier broker --directory /srv/carrier --host broker.example.com\n  mosquitto -c /srv/carrier/broker/mosquitto.conf',
    )
    .action(writeBrokerFiles);
}

async function writeBrokerFiles(options: Options): Promise<void> {
  const { directory, host, port, carrierPort, out, json = false } = options;
  const target = resolve(out ?? join(directory, 'broker'));
  const authority = await readAuthority(directory);
  const carrierCa = await readCarrierCa(directory);
  const { certifyBroker } = await import('../../carrier/certificates.js');
  const { certificate, key } = await certifyBroker(authority, host);
  const at = (name: string): string => join(target, name);
  const files = {
    settings: at('mosquitto.conf'),
    rules: at('rules.acl'),
    ca: at('ca.pem'),
    carrierCa: at('carrier-ca.pem'),
    certificate: at('broker.pem'),
    key: at('broker-key.pem'),
  };
  await mkdir(target, { recursive: true, mode: 0o755 });
  await writeTextFile(files.ca, authority.certificate);
  await writeTextFile(files.carrierCa, carrierCa);
  await writeTextFile(files.certificate, certificate);
  await writeTextFile(files.key, key, 0o600);
  await writeTextFile(files.rules, mosquittoRules(), 0o600);
  await writeTextFile(files.settings, mosquittoSettings({ port, carrierPort, ...files }));
  if (json) printJson(files);
  else print(`Settings for mosquitto: ${files.settings}`);
  note(
    'A mosquitto that runs as its own user needs to own broker-key.pem and rules.acl: chown mosquitto FILE',
  );
}
