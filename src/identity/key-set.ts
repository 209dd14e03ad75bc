import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import { identityFault } from './errors.js';
import { readIfThere, writeDurably } from './files.js';

/** Ed25519 private key as it lies in the state directory (RFC 8037). */
const signingKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(40).max(50),
  d: z.string().min(40).max(50),
});
export type SigningJwk = z.infer<typeof signingKeySchema>;

export interface SigningKey {
  readonly privateJwk: SigningJwk;
  readonly publicJwk: JWK;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
}

/** The signing key, the TLS key and the request for its certificate, in one directory. */
export function keySetFiles(directory: string) {
  return {
    signingKey: join(directory, 'signing-key.jwk'),
    tlsKey: join(directory, 'tls-key.pem'),
    request: join(directory, 'tls-request.pem'),
  };
}

/**
 * Makes what a set lacks, file by file, each durable before the next: a set that a power cut left half made is
 * completed with the keys that it has. What is there stays.
 */
export async function completeKeySet(directory: string): Promise<SigningKey & { tlsCsrPem: string }> {
  const files = keySetFiles(directory);
  if ((await readIfThere(files.signingKey)) === undefined) {
    const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    const { kty, crv, x, d } = await exportJWK(privateKey);
    await writeDurably(files.signingKey, JSON.stringify({ kty, crv, x, d }));
  }
  if ((await readIfThere(files.tlsKey)) === undefined) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    await writeDurably(files.tlsKey, await exportPKCS8(privateKey));
  }
  const key = await readKeySet(directory);
  if (key === undefined) throw identityFault('NOT_PROVISIONED');
  let tlsCsrPem = await readIfThere(files.request);
  if (tlsCsrPem === undefined) {
    // Loaded only here: the service itself needs ASN.1 for nothing else.
    const { requestCertificate } = await import('./tls-request.js');
    tlsCsrPem = await requestCertificate((await readIfThere(files.tlsKey)) ?? '', key.keyId);
    await writeDurably(files.request, tlsCsrPem, 0o644);
  }
  return { ...key, tlsCsrPem };
}

/** Its signing key; undefined where there is none. @throws IDENTITY_FILE_INVALID */
export async function readKeySet(directory: string): Promise<SigningKey | undefined> {
  const text = await readIfThere(keySetFiles(directory).signingKey);
  if (text === undefined) return undefined;
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
