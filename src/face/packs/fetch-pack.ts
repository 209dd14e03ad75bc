import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCountersignError } from '../../domain/errors.js';
import { faceFault } from '../errors.js';
import { parseManifest } from './manifest-schema.js';
import { MOST_SIGNATURE_BYTES, SIGNATURE } from './signature.js';

const MOST_MANIFEST_BYTES = 256 * 1024;
const MOST_MS = 10 * 60_000;

export interface FetchedPack {
  readonly directory: string;
  /** Deletes the directory. */
  discard(): Promise<void>;
}

/**
 * Fetches a pack from the https address of its directory: `manifest.json`, its signature
 * where there is one, then the files that the manifest names and no others,
 * none larger than announced.
 *
 * @param manifestSha256 what the manifest must be, where the caller knows (models/catalog.json)
 * @throws FACE_PACK_UNREACHABLE, FACE_PACK_INVALID, FACE_MODEL_CHECKSUM
 */
export async function fetchPack(address: string, manifestSha256?: string): Promise<FetchedPack> {
  const base = new URL(address.endsWith('/') ? address : `${address}/`);
  if (base.protocol !== 'https:') {
    throw faceFault('PACK_UNREACHABLE', { details: { address, problem: 'only https' } });
  }
  const directory = await mkdtemp(join(tmpdir(), 'countersign-pack-'));
  const discard = () => rm(directory, { recursive: true, force: true });
  try {
    const text = await download(new URL('manifest.json', base), MOST_MANIFEST_BYTES);
    if (manifestSha256 !== undefined && sha256Of(text) !== manifestSha256) {
      throw faceFault('MODEL_CHECKSUM', { details: { model: 'manifest.json' } });
    }
    const { files } = parseManifest(Buffer.from(text).toString('utf8'));
    await writeFile(join(directory, 'manifest.json'), text);
    const signature = await downloadIfThere(new URL(SIGNATURE, base), MOST_SIGNATURE_BYTES);
    if (signature !== undefined) await writeFile(join(directory, SIGNATURE), signature);
    for (const { path, bytes, sha256 } of files) {
      const file = await download(new URL(path, base), bytes);
      if (sha256Of(file) !== sha256) throw faceFault('MODEL_CHECKSUM', { details: { model: path } });
      await writeFile(join(directory, path), file);
    }
    return { directory, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Not every pack is signed. */
async function downloadIfThere(url: URL, mostBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await download(url, mostBytes);
  } catch (error) {
    if (isCountersignError(error) && error.details['status'] === 404) return undefined;
    throw error;
  }
}

async function download(url: URL, mostBytes: number): Promise<Uint8Array> {
  const details = { address: url.href };
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(MOST_MS) });
  } catch (cause) {
    throw faceFault('PACK_UNREACHABLE', { cause, details });
  }
  if (!response.ok || response.body === null) {
    throw faceFault('PACK_UNREACHABLE', { details: { ...details, status: response.status } });
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of response.body) {
      length += part.length;
      if (length > mostBytes)
        throw faceFault('PACK_INVALID', { details: { ...details, problem: 'larger than announced' } });
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'CountersignError') throw cause;
    throw faceFault('PACK_UNREACHABLE', { cause, details });
  }
  return Buffer.concat(parts);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
