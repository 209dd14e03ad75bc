import { Command, InvalidArgumentError } from 'commander';
import { calculateJwkThumbprint } from 'jose';
import { rootOf, rotateKeys } from '../../carrier/keys.js';
import { note, print, printJson } from '../output.js';
import { writeTextFile } from '../text-file.js';
import { carrierFiles, initCarrier, readKeys } from './directory.js';
import { withPlace } from './options.js';

const DAY_MS = 86_400_000;

export function carrierInitCommand(): Command {
  return new Command('init')
    .description("Make the carrier's keys, its root, its certificate authorities. What is there stays.")
    .argument('<dir>', 'where to')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  countersign carrier init /srv/carrier')
    .action(async (directory: string, { json = false }: { json?: boolean }) => {
      const { created } = await initCarrier(directory);
      const files = carrierFiles(directory);
      const thumbprint = await calculateJwkThumbprint(rootOf(await readKeys(directory)));
      if (json) {
        printJson({ root: files.root, rootThumbprint: thumbprint, created });
        return;
      }
      print(created.length === 0 ? 'Everything is there already and stays.' : `Made: ${created.join(', ')}`);
      print(`Root for the terminals: ${files.root} (${thumbprint})`);
      note(
        'carrier-keys.json, ca-key.pem and carrier-ca-key.pem are secret: copy them to a safe place, and to no other.',
      );
    });
}

export function carrierRotateCommand(): Command {
  return withPlace(new Command('rotate'))
    .description('Make new keys to sign and seal with; they come into force after the overlap.')
    .option('--overlap-days <days>', 'until then every terminal needs a new bundle', parseDays, 30)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  countersign carrier rotate --directory /srv/carrier --overlap-days 30\n  countersign carrier enrol …   # a new bundle for each terminal',
    )
    .action(
      async ({
        directory,
        overlapDays,
        json = false,
      }: {
        directory: string;
        overlapDays: number;
        json?: boolean;
      }) => {
        const now = new Date();
        const rotated = await rotateKeys(await readKeys(directory), now, overlapDays * DAY_MS);
        await writeTextFile(carrierFiles(directory).keys, `${JSON.stringify(rotated, null, 2)}\n`, 0o600);
        const from = rotated.signing.at(-1)?.notBefore;
        if (json)
          printJson({
            inForceFrom: from,
            signing: rotated.signing.at(-1)?.kid,
            sealing: rotated.sealing.at(-1)?.kid,
          });
        else print(`New keys are in force from ${from}; make a new bundle for every terminal before then.`);
        note('A carrier that runs takes them at its next start.');
      },
    );
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!(days >= 0 && days <= 3650)) throw new InvalidArgumentError('It is 0 to 3650 days.');
  return days;
}
