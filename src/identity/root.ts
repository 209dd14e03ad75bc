import { calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import { terminalKeySchema } from '../contract/enrolment.js';
import { identityFault } from './errors.js';
import { identityFiles, readIfThere } from './files.js';

/** Public Ed25519 key of a carrier, from the text of a JWK file. @throws IDENTITY_ROOT_INVALID */
export async function parseRoot(text: string): Promise<JWK> {
  try {
    const root = terminalKeySchema.parse(JSON.parse(text));
    await importJWK(root, 'EdDSA');
    return root;
  } catch (error) {
    throw identityFault('ROOT_INVALID', { cause: error });
  }
}

/** The root that the first bundle was signed by, if there was one. @throws IDENTITY_FILE_INVALID */
export async function readPinnedRoot(stateDirectory: string): Promise<JWK | undefined> {
  const text = await readIfThere(identityFiles(stateDirectory).root);
  if (text === undefined) return undefined;
  try {
    return await parseRoot(text);
  } catch (error) {
    throw identityFault('FILE_INVALID', { cause: error, details: { file: 'carrier-root.jwk' } });
  }
}

export async function sameKey(a: JWK, b: JWK): Promise<boolean> {
  return (await calculateJwkThumbprint(a)) === (await calculateJwkThumbprint(b));
}
