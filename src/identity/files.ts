import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where the identity lies below the state directory. */
export function identityFiles(stateDirectory: string) {
  const at = (name: string): string => join(stateDirectory, 'identity', name);
  return {
    signingKey: at('signing-key.jwk'),
    tlsKey: at('tls-key.pem'),
    request: at('tls-request.pem'),
    root: at('carrier-root.jwk'),
    bundle: at('site-bundle.jws'),
  };
}

/** Written beside, synced, renamed, directory synced: after a power cut there is the old file or the new one. */
export async function writeDurably(file: string, text: string, mode = 0o600): Promise<void> {
  const directory = dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
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
