import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faceFault } from './errors.js';

/** The networks that come with the package (models/manifest.json); built by `scripts/build-models`. */
export type BuiltInId = 'tiny-face-detector' | 'ssd-mobilenet' | 'landmarks-68' | 'face-recognition';

/** models/build/manifest.json: what our own build wrote, with checksums; so no schema, whose library loads slowly. */
interface Built {
  readonly networks?: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>;
}

/**
 * Reads one built network.
 *
 * @throws FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM
 */
export async function readBuiltIn(modelsDirectory: string, id: BuiltInId): Promise<Uint8Array> {
  const directory = join(modelsDirectory, 'build');
  const { networks } = await readBuilt(join(directory, 'manifest.json'), id);
  const entry = networks?.[id];
  if (entry === undefined) throw faceFault('MODEL_MISSING', { details: { model: id } });
  return readChecked(join(directory, entry.file), entry.sha256, id);
}

/** @throws FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM */
export async function readChecked(file: string, sha256: string, model: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw faceFault('MODEL_MISSING', { cause, details: { model } });
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw faceFault('MODEL_CHECKSUM', { details: { model } });
  return bytes;
}

async function readBuilt(file: string, model: string): Promise<Built> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Built;
  } catch (cause) {
    throw faceFault('MODEL_MISSING', { cause, details: { model } });
  }
}
