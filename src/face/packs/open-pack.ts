import { join } from 'node:path';
import type { Network } from '../engine.js';
import { readChecked } from '../network-files.js';
import type { PackManifest } from './manifest-schema.js';
import { signerOf } from './signature.js';
import { readManifest } from './store.js';

export interface OpenPack {
  readonly manifest: PackManifest;
  readonly networks: readonly Network[];
}

/**
 * Every file of a pack, checked and loaded.
 *
 * @param signers see `FaceOptions.packSigners`
 * @throws FACE_PACK_INVALID, FACE_PACK_SIGNATURE, FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM
 */
export async function openPack(
  directory: string,
  signers: string | undefined,
  keep: (bytes: Promise<Uint8Array>) => Promise<Network>,
): Promise<OpenPack> {
  const manifest = await readManifest(directory);
  if (signers !== undefined) await signerOf(directory, signers);
  const networks: Network[] = [];
  for (const { path, sha256 } of manifest.files) {
    networks.push(await keep(readChecked(join(directory, path), sha256, path)));
  }
  return { manifest, networks };
}
