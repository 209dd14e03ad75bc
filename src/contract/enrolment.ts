import { z } from 'zod';
import { LIMITS } from './limits.js';
import { compactJws, sha256 } from './names.js';

/** Public Ed25519 key of a terminal (RFC 8037). */
export const terminalKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

/**
 * What a terminal hands to the carrier before it can get a site bundle. Nothing in it is secret; a technician may
 * carry it on a memory stick and read it.
 */
export const enrolmentSchema = z.strictObject({
  version: z.literal(1),
  /** RFC 7638 thumbprint of `publicJwk`: what technician and carrier compare by eye. */
  terminalKey: sha256,
  publicJwk: terminalKeySchema,
  /** PKCS #10 request for the TLS client certificate, PEM. */
  csr: z.string().max(20_000).startsWith('-----BEGIN'),
  /** JWS of the terminal's key over `enrolmentProofSchema`: the one who asks has the key. */
  proof: compactJws.max(LIMITS.messageBytes),
});
export type Enrolment = z.infer<typeof enrolmentSchema>;

export const enrolmentProofSchema = z.strictObject({
  terminalKey: sha256,
  /** SHA-256 (base64url) of `csr`: binds the TLS key to the signing key. */
  csrHash: sha256,
});
