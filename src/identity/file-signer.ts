import { CompactSign, importJWK } from 'jose';
import type { SigningJwk } from './key-set.js';
import type { Signer } from './port.js';

/** Signs with a key that lies in a file. */
export async function createFileSigner(privateJwk: SigningJwk, keyId: string): Promise<Signer> {
  const key = await importJWK(privateJwk, 'EdDSA');
  return {
    keyId,
    tier: 'file',
    sign: (typ, body) =>
      new CompactSign(Buffer.from(JSON.stringify(body)))
        .setProtectedHeader({ alg: 'EdDSA', typ, kid: keyId })
        .sign(key),
  };
}
