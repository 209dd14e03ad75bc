import type { JWK } from 'jose';
import { keySetInForce, type PlacedKey, placeOfPresentKeys } from './key-places.js';
import { completeKeySet, readKeySet } from './key-set.js';

export interface TerminalKeys {
  /** RFC 7638 thumbprint of the signing key. */
  readonly keyId: string;
  readonly publicJwk: JWK;
  /** PKCS #10 request for the TLS client certificate, PEM. */
  readonly tlsCsrPem: string;
  /** False when the keys were there already. */
  readonly created: boolean;
}

/**
 * Makes the terminal's keys where there are none: Ed25519 to sign reports, P-256 for TLS. Idempotent: keys that are
 * there stay, because the carrier knows them; new ones come with `rotate-keys`.
 */
export async function createKeys(stateDirectory: string): Promise<TerminalKeys> {
  const directory = await placeOfPresentKeys(stateDirectory);
  const created = (await readKeySet(directory)) === undefined;
  const { keyId, publicJwk, tlsCsrPem } = await completeKeySet(directory);
  return { keyId, publicJwk, tlsCsrPem, created };
}

/** The signing key in force. @throws IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID */
export function readSigningKey(stateDirectory: string): Promise<PlacedKey> {
  return keySetInForce(stateDirectory);
}
