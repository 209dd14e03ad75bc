import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import type { CarrierKey } from '../contract/site-bundle.js';
import { carrierFault } from './errors.js';

const okp = z.strictObject({
  kid: z.string(),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});
const ec = z.strictObject({
  kid: z.string(),
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

/** Private keys of a carrier: root signs bundles, signing signs messages, sealing opens what terminals seal. */
export const carrierKeysSchema = z.strictObject({ root: okp, signing: okp, sealing: ec });
export type CarrierKeys = z.infer<typeof carrierKeysSchema>;

export async function createCarrierKeys(): Promise<CarrierKeys> {
  const [root, signing] = await Promise.all([edwards(), edwards()]);
  const { privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const { kty, crv, x, y, d } = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint({ kty, crv, x, y } as JWK);
  return carrierKeysSchema.parse({ root, signing, sealing: { kid, kty, crv, x, y, d } });
}

async function edwards() {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint({ kty, crv, x } as JWK), kty, crv, x, d };
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
    { kid: signing.kid, use: 'sig', kty: signing.kty, crv: signing.crv, x: signing.x },
    { kid: sealing.kid, use: 'enc', kty: sealing.kty, crv: sealing.crv, x: sealing.x, y: sealing.y },
  ];
}
