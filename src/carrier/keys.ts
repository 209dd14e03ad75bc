import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import { instant } from '../contract/names.js';
import type { CarrierKey } from '../contract/site-bundle.js';
import { carrierFault } from './errors.js';

const dates = {
  notBefore: instant.optional(),
  notAfter: instant.optional(),
  revoked: z.boolean().optional(),
};
const okpFields = {
  kid: z.string().min(1).max(80),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
};
const ecFields = {
  kid: z.string().min(1).max(80),
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
};
const signingSchema = z.strictObject({ ...okpFields, ...dates });
const sealingSchema = z.strictObject({ ...ecFields, ...dates });

/** Private keys of a carrier: the root signs bundles, `signing` messages; `sealing` opens what terminals seal. */
export const carrierKeysSchema = z.strictObject({
  root: z.strictObject(okpFields),
  signing: z.array(signingSchema).min(1).max(10),
  sealing: z.array(sealingSchema).min(1).max(10),
});
export type CarrierKeys = z.infer<typeof carrierKeysSchema>;
export type SigningKey = z.infer<typeof signingSchema>;
export type SealingKey = z.infer<typeof sealingSchema>;

export async function createCarrierKeys(): Promise<CarrierKeys> {
  const [root, signing, sealing] = await Promise.all([edwards(), edwards(), elliptic()]);
  return carrierKeysSchema.parse({ root, signing: [signing], sealing: [sealing] });
}

/**
 * New keys for signing and sealing that come into force later, once every terminal has a bundle with them; those of
 * today stay valid for so long again, for what is under way.
 */
export async function rotateKeys(keys: CarrierKeys, now: Date, overlapMs: number): Promise<CarrierKeys> {
  const notBefore = new Date(now.getTime() + overlapMs).toISOString();
  const notAfter = new Date(now.getTime() + 2 * overlapMs).toISOString();
  const ending = <Key extends SigningKey | SealingKey>(key: Key): Key => ({
    ...key,
    notAfter: key.notAfter ?? notAfter,
  });
  const over = ({ notAfter: end }: SigningKey | SealingKey): boolean =>
    end !== undefined && end < now.toISOString();
  return carrierKeysSchema.parse({
    root: keys.root,
    signing: [...keys.signing.filter((key) => !over(key)).map(ending), { ...(await edwards()), notBefore }],
    // Kept although over: what was sealed and lay in a terminal's queue all the time must still open.
    sealing: [...keys.sealing.map(ending), { ...(await elliptic()), notBefore }].slice(-10),
  });
}

/** The key to sign with: of those in force the one that came last. @throws CARRIER_KEYS_INVALID */
export function signingKeyAt({ signing }: CarrierKeys, at: string): SigningKey {
  const [newest] = signing
    .filter(
      ({ notBefore, notAfter, revoked }) =>
        revoked !== true &&
        (notBefore === undefined || notBefore <= at) &&
        (notAfter === undefined || at <= notAfter),
    )
    .sort((a, b) => (b.notBefore ?? '').localeCompare(a.notBefore ?? ''));
  if (newest === undefined)
    throw carrierFault('KEYS_INVALID', { details: { problem: 'no signing key in force' } });
  return newest;
}

async function edwards() {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint({ kty, crv, x } as JWK), kty, crv, x, d };
}

async function elliptic() {
  const { privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const { kty, crv, x, y, d } = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint({ kty, crv, x, y } as JWK), kty, crv, x, y, d };
}

/** @throws CARRIER_KEYS_INVALID */
export function parseCarrierKeys(text: string): CarrierKeys {
  try {
    return carrierKeysSchema.parse(JSON.parse(text));
  } catch (error) {
    throw carrierFault('KEYS_INVALID', { cause: error });
  }
}

/** Public root, which a technician hands to a terminal at its first provisioning. */
export function rootOf({ root }: CarrierKeys): JWK {
  const { kty, crv, x } = root;
  return { kty, crv, x };
}

/** Public keys as they stand in a site bundle. */
export function bundleKeysOf({ signing, sealing }: CarrierKeys): CarrierKey[] {
  return [
    ...signing.map(({ d: _secret, ...key }) => ({ ...key, use: 'sig' as const })),
    ...sealing.map(({ d: _secret, ...key }) => ({ ...key, use: 'enc' as const })),
  ];
}
