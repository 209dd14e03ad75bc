import { X509Certificate } from 'node:crypto';
import type { CarrierKey, SiteBundle } from '../contract/site-bundle.js';
import { isCountersignError } from '../domain/errors.js';
import { readBundle } from '../identity/bundle.js';
import { readSigningKey } from '../identity/keys.js';

export interface ProvisionFacts {
  /** The service can start. */
  readonly ready: boolean;
  readonly missing?: string | undefined;
  readonly terminalKey?: string | undefined;
  readonly terminal?: string;
  readonly site?: string;
  readonly bundleSerial?: number;
  readonly bundleIssuedAt?: string;
  readonly broker?: string;
  readonly certificateUntil?: string;
  readonly carrierKeys: readonly { kid: string; use: CarrierKey['use']; state: string }[];
}

/** Who a terminal is, and what it lacks; no secret. */
export async function describeProvision(stateDirectory: string, now = new Date()): Promise<ProvisionFacts> {
  let terminalKey: string | undefined;
  try {
    terminalKey = (await readSigningKey(stateDirectory)).keyId;
    const bundle = await readBundle(stateDirectory);
    return { ready: true, terminalKey, ...factsOf(bundle, now) };
  } catch (error) {
    if (!isCountersignError(error)) throw error;
    return { ready: false, missing: error.message, terminalKey, carrierKeys: [] };
  }
}

function factsOf({ terminal, site, serial, issuedAt, broker, keys }: SiteBundle, now: Date) {
  const at = now.toISOString();
  return {
    terminal,
    site,
    bundleSerial: serial,
    bundleIssuedAt: issuedAt,
    broker: broker.url,
    ...(broker.certificate === undefined
      ? {}
      : { certificateUntil: new Date(new X509Certificate(broker.certificate).validTo).toISOString() }),
    carrierKeys: keys.map((key) => ({ kid: key.kid, use: key.use, state: stateOf(key, at) })),
  };
}

function stateOf({ revoked, notBefore, notAfter }: CarrierKey, at: string): string {
  if (revoked === true) return 'revoked';
  if (notBefore !== undefined && at < notBefore) return `from ${notBefore}`;
  if (notAfter !== undefined && at > notAfter) return `ended ${notAfter}`;
  return notAfter === undefined ? 'in force' : `in force until ${notAfter}`;
}
