import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import { identityFault } from './errors.js';
import { identityFiles, readIfThere, writeDurably } from './files.js';

/** Ed25519 private key as it lies in the state directory (RFC 8037). */
const signingKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(40).max(50),
  d: z.string().min(40).max(50),
});
export type SigningJwk = z.infer<typeof signingKeySchema>;

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
 * there stay, because reports in the queue are signed with them.
 */
export async function createKeys(stateDirectory: string): Promise<TerminalKeys> {
  const files = identityFiles(stateDirectory);
  const created = (await readIfThere(files.signingKey)) === undefined;
  if (created) {
    const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    const { kty, crv, x, d } = await exportJWK(privateKey);
    await writeDurably(files.signingKey, JSON.stringify({ kty, crv, x, d }));
  }
  if ((await readIfThere(files.tlsKey)) === undefined) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    await writeDurably(files.tlsKey, await exportPKCS8(privateKey));
  }
  const { keyId, publicJwk } = await readSigningKey(stateDirectory);
  let tlsCsrPem = await readIfThere(files.request);
  if (tlsCsrPem === undefined) {
    // Loaded only here: the service itself never needs ASN.1.
    const { requestCertificate } = await import('./tls-request.js');
    tlsCsrPem = await requestCertificate((await readIfThere(files.tlsKey)) ?? '', keyId);
    await writeDurably(files.request, tlsCsrPem, 0o644);
  }
  return { keyId, publicJwk, tlsCsrPem, created };
}

/** @throws IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID */
export async function readSigningKey(
  stateDirectory: string,
): Promise<{ privateJwk: SigningJwk; publicJwk: JWK; keyId: string }> {
  const text = await readIfThere(identityFiles(stateDirectory).signingKey);
  if (text === undefined) throw identityFault('NOT_PROVISIONED');
  let privateJwk: SigningJwk;
  try {
    privateJwk = signingKeySchema.parse(JSON.parse(text));
  } catch (error) {
    throw identityFault('FILE_INVALID', { cause: error, details: { file: 'signing-key.jwk' } });
  }
  const { kty, crv, x } = privateJwk;
  const publicJwk: JWK = { kty, crv, x };
  return { privateJwk, publicJwk, keyId: await calculateJwkThumbprint(publicJwk) };
}
