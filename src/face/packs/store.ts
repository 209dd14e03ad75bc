import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faceFault } from '../errors.js';
import { readChecked } from '../network-files.js';
import { ACTIVE, readActive } from './active.js';
import { PACK_NAME } from './active-schema.js';
import { isCalibrated } from './manifest.js';
import { type PackManifest, type PackTask, parseManifest } from './manifest-schema.js';
import { SIGNATURE } from './signature.js';

/** Model packs on disk: one directory a pack, named as the pack is, and `active.json` that says which are in force. */

const MANIFEST = 'manifest.json';
const MOST_MANIFEST_BYTES = 256 * 1024;

export interface InstalledPack {
  readonly manifest: PackManifest;
  readonly directory: string;
  readonly active: boolean;
  readonly calibrated: boolean;
}

/** @throws FACE_PACK_INVALID */
export async function readManifest(directory: string): Promise<PackManifest> {
  try {
    const file = join(directory, MANIFEST);
    const { size } = await stat(file);
    if (size <= MOST_MANIFEST_BYTES) return parseManifest(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw faceFault('PACK_INVALID', { cause: error, details: { problem: 'no manifest.json', directory } });
  }
  throw faceFault('PACK_INVALID', { details: { problem: 'manifest.json is too large' } });
}

/** Checks every file against the manifest. @throws FACE_PACK_INVALID, FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM */
export async function verifyPack(directory: string): Promise<PackManifest> {
  const manifest = await readManifest(directory);
  for (const { path, sha256 } of manifest.files) await readChecked(join(directory, path), sha256, path);
  return manifest;
}

export async function listPacks(packsDirectory: string): Promise<InstalledPack[]> {
  const active = await readActive(packsDirectory);
  const names = await readdir(packsDirectory, { withFileTypes: true }).catch(() => []);
  const packs: InstalledPack[] = [];
  for (const entry of names) {
    if (!entry.isDirectory() || !PACK_NAME.test(entry.name)) continue;
    const directory = join(packsDirectory, entry.name);
    const manifest = await readManifest(directory).catch(() => undefined);
    if (manifest === undefined) continue;
    packs.push({
      manifest,
      directory,
      active: active[manifest.task] === manifest.name,
      calibrated: isCalibrated(manifest),
    });
  }
  return packs;
}

/** Copies a verified pack in; whole or not at all. A pack of the same name is replaced. */
export async function addPack(packsDirectory: string, from: string): Promise<PackManifest> {
  const manifest = await verifyPack(from);
  const target = join(packsDirectory, manifest.name);
  const coming = `${target}.new`;
  await rm(coming, { recursive: true, force: true });
  await mkdir(coming, { recursive: true });
  for (const { path } of manifest.files) await copyFile(join(from, path), join(coming, path));
  await copyFile(join(from, MANIFEST), join(coming, MANIFEST));
  await copyFile(join(from, SIGNATURE), join(coming, SIGNATURE)).catch(unlessAbsent);
  await verifyPack(coming);
  await rm(target, { recursive: true, force: true });
  await rename(coming, target);
  return manifest;
}

/** Not every pack is signed. */
function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Puts a pack in force, or with `undefined` the built-in model again. A running terminal follows at the next visit. */
export async function activatePack(
  packsDirectory: string,
  task: PackTask,
  name: string | undefined,
): Promise<void> {
  const { [task]: _before, ...others } = await readActive(packsDirectory);
  const active = name === undefined ? others : { ...others, [task]: name };
  await mkdir(packsDirectory, { recursive: true });
  const file = join(packsDirectory, ACTIVE);
  await writeFile(`${file}.new`, `${JSON.stringify(active, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** @throws FACE_PACK_INVALID where there is no such pack */
export async function findPack(packsDirectory: string, name: string): Promise<InstalledPack> {
  const found = (await listPacks(packsDirectory)).find(({ manifest }) => manifest.name === name);
  if (found !== undefined) return found;
  throw faceFault('PACK_INVALID', { details: { name, problem: 'not installed' } });
}

export async function removePack(packsDirectory: string, name: string): Promise<void> {
  const { manifest, directory, active } = await findPack(packsDirectory, name);
  if (active) await activatePack(packsDirectory, manifest.task, undefined);
  await rm(directory, { recursive: true });
}
