import { chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityFault } from './errors.js';

/** Where the identity lies below the state directory. */
export function identityFiles(stateDirectory: string) {
  const at = (name: string): string => join(stateDirectory, 'identity', name);
  return {
    root: at('carrier-root.jwk'),
    bundle: at('site-bundle.jws'),
  };
}

/**
 * Written beside, synced, renamed, directory synced: after a power cut there is the old file or the new one.
 *
 * @throws IDENTITY_UNWRITABLE
 */
export function writeDurably(file: string, text: string, mode = 0o600): Promise<void> {
  return writing(file, () => replaceFile(file, text, mode));
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const directory = dirname(file);
  if ((await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined) await handOver(directory);
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', mode);
  try {
    await handle.writeFile(text);
    // A file that was there from an interrupted attempt keeps its mode otherwise.
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await handOver(beside);
  await rename(beside, file);
  for (const each of [directory, dirname(directory)]) await syncDirectory(each);
}

/** A whole directory under another name, in one step; nothing may have that name. @throws IDENTITY_UNWRITABLE */
export function renameDurably(from: string, to: string): Promise<void> {
  return writing(to, async () => {
    await rename(from, to);
    await syncDirectory(dirname(to));
  });
}

/** Gone, also after a power cut; what is not there needs no erasing. @throws IDENTITY_UNWRITABLE */
export async function eraseDurably(paths: readonly string[]): Promise<void> {
  for (const path of paths) await writing(path, () => rm(path, { recursive: true, force: true }));
  for (const each of new Set(paths.map((path) => dirname(path)))) {
    await writing(each, () => syncDirectory(each));
  }
}

/** Text of a file, or undefined where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw identityFault('UNWRITABLE', { cause: error, details: { file: basename(file), problem } });
  }
}

/** A technician works as root, the service does not: what root makes belongs to whom the directory around it belongs. */
async function handOver(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(path));
  if (uid !== 0) await chown(path, uid, gid);
}

async function syncDirectory(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
