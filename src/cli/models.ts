import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { loadConfig } from '../config/load.js';
import { makeFace } from '../drivers.js';
import { faceFault } from '../face/errors.js';
import { fetchPack } from '../face/packs/fetch-pack.js';
import { isCalibrated, modelName } from '../face/packs/manifest.js';
import type { PackManifest, PackTask } from '../face/packs/manifest-schema.js';
import { signerOf } from '../face/packs/signature.js';
import { activatePack, addPack, findPack, listPacks, removePack, verifyPack } from '../face/packs/store.js';
import type { PackTrial } from '../face/port.js';
import { type PeopleTrial, tryOnPeople } from './models-people.js';
import { modelsSignCommand } from './models-sign.js';
import { note, print, printJson } from './output.js';

interface Options {
  readonly json?: boolean;
  readonly config?: string;
  readonly set?: string[];
  readonly uncalibrated?: boolean;
}

const BUILT_IN: PackTask = 'embedding';

/** `countersign models`: networks that come with the terminal, and packs that a carrier brings. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('Model packs: stronger networks under their own licences (docs/models.md).')
    .addCommand(
      common(new Command('list').description('What is installed and what is in force.'))
        .addHelpText('after', '\nExample:\n  countersign models list --json')
        .action(list),
    )
    .addCommand(
      common(
        new Command('add').description('Install a pack from a directory, an https address or the catalogue.'),
      )
        .argument('<pack>', 'directory, https address of one, or a name in models/catalog.json')
        .addHelpText('after', '\nExample:\n  countersign models add /media/usb/mobilefacenet')
        .action(add),
    )
    .addCommand(
      common(new Command('verify').description('Check a pack: files, and a trial of its networks.'))
        .argument('<name>')
        .addHelpText('after', '\nExample:\n  countersign models verify mobilefacenet')
        .action(verify),
    )
    .addCommand(
      common(
        new Command('use').description('Put a pack in force; a running terminal follows at the next visit.'),
      )
        .argument('<name>', 'a pack, or built-in')
        .option('--uncalibrated', 'use it although nothing says what its scores mean')
        .addHelpText('after', '\nExample:\n  countersign models use mobilefacenet')
        .action(use),
    )
    .addCommand(
      common(
        new Command('remove').description('Delete a pack; if it is in force, the built-in model follows it.'),
      )
        .argument('<name>')
        .addHelpText('after', '\nExample:\n  countersign models remove mobilefacenet')
        .action(remove),
    )
    .addCommand(modelsSignCommand());
}

function common(command: Command): Command {
  return command
    .option('--json', 'print JSON on stdout')
    .option('--config <file>', 'configuration file')
    .option('--set <key=value...>', 'override one value of the configuration');
}

async function packsDirectory({ config, set }: Options): Promise<string> {
  const { stateDirectory } = await loadConfig({ file: config, set });
  return join(stateDirectory, 'models');
}

async function list(options: Options): Promise<void> {
  const packs = await listPacks(await packsDirectory(options));
  const rows = packs.map(({ manifest, active, calibrated }) => ({
    name: manifest.name,
    model: modelName(manifest),
    task: manifest.task,
    licence: manifest.licence,
    calibrated,
    active,
  }));
  const builtInActive = !rows.some(({ task, active }) => task === BUILT_IN && active);
  const builtIn = {
    name: 'built-in',
    model: 'dlib-resnet@1',
    task: BUILT_IN,
    licence: 'MIT',
    calibrated: true,
    active: builtInActive,
  };
  const all = [builtIn, ...rows];
  if (options.json === true) {
    printJson({ packs: all });
    return;
  }
  for (const { name, task, licence, calibrated, active } of all) {
    const facts = `${task}, ${licence}${calibrated ? '' : ', uncalibrated'}`;
    print(`${active ? '*' : ' '} ${name.padEnd(20)} ${facts}`);
  }
}

async function add(pack: string, options: Options): Promise<void> {
  const directory = await packsDirectory(options);
  const fetched = await fetchNamed(pack, options);
  try {
    const from = fetched?.directory ?? pack;
    const trial = await tryOut(from, await verifyPack(from), options);
    const manifest = await addPack(directory, from);
    tell({ name: manifest.name, task: manifest.task, calibrated: isCalibrated(manifest), ...trial }, options);
    note(
      `Installed. \`countersign models use ${manifest.name}\` puts it in force. Licence: ${manifest.licence}.`,
    );
  } finally {
    await fetched?.discard();
  }
}

const catalogSchema = z.object({
  packs: z.array(z.object({ name: z.string(), address: z.url(), manifestSha256: z.string().length(64) })),
});

async function fetchNamed(pack: string, options: Options) {
  if (pack.startsWith('https://')) return fetchPack(pack);
  if (!/^[a-z0-9-]+$/.test(pack)) return undefined;
  const { face } = await loadConfig({ file: options.config, set: options.set });
  const file = new URL('../../models/catalog.json', import.meta.url);
  const catalog = catalogSchema.parse(
    JSON.parse(await readFile(face.models === undefined ? file : join(face.models, 'catalog.json'), 'utf8')),
  );
  const found = catalog.packs.find(({ name }) => name === pack);
  return found === undefined ? undefined : fetchPack(found.address, found.manifestSha256);
}

async function verify(name: string, options: Options): Promise<void> {
  const { directory, manifest, calibrated } = await findPack(await packsDirectory(options), name);
  await verifyPack(directory);
  tell({ name, task: manifest.task, calibrated, ...(await tryOut(directory, manifest, options)) }, options);
}

async function use(name: string, options: Options): Promise<void> {
  const packs = await packsDirectory(options);
  if (name === 'built-in') {
    await activatePack(packs, BUILT_IN, undefined);
    tell({ name, task: BUILT_IN }, options);
    return;
  }
  const { directory, manifest, calibrated } = await findPack(packs, name);
  if (!calibrated && (manifest.task === 'embedding' || options.uncalibrated !== true)) {
    // A comparison has no threshold without one; an attack network has its own middle, for whoever asks for it.
    throw faceFault('PACK_INVALID', { details: { name, problem: 'uncalibrated' } });
  }
  await verifyPack(directory);
  const trial = await tryOut(directory, manifest, options);
  await activatePack(packs, manifest.task, name);
  tell({ name, task: manifest.task, ...trial }, options);
}

async function remove(name: string, options: Options): Promise<void> {
  await removePack(await packsDirectory(options), name);
  tell({ name }, options);
}

interface Trial extends Partial<PackTrial>, Partial<PeopleTrial> {
  readonly signedBy?: string;
}

/** All that can be known before a pack is used; loads and runs its networks in this process, not in the service's. */
async function tryOut(directory: string, manifest: PackManifest, { config, set }: Options): Promise<Trial> {
  const { face } = await loadConfig({ file: config, set });
  const signedBy = face.packSigners === undefined ? undefined : await signerOf(directory, face.packSigners);
  const comparer = await makeFace(face);
  try {
    const trial = await comparer.tryPack?.(directory);
    const people = await tryOnPeople(directory, manifest, face);
    return { ...trial, ...people, ...(signedBy === undefined ? {} : { signedBy }) };
  } finally {
    await comparer.close();
  }
}

function tell(facts: Record<string, unknown>, { json }: Options): void {
  if (json === true) {
    printJson(facts);
    return;
  }
  for (const [key, value] of Object.entries(facts)) {
    print(`${key.padEnd(14)}${typeof value === 'number' ? value.toFixed(2) : String(value)}`);
  }
}
