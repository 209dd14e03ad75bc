import { X509Certificate } from 'node:crypto';
import type { CarrierKey, SiteBundle } from '../contract/site-bundle.js';
import { isCountersignError } from '../domain/errors.js';
import { readBundle } from '../identity/bundle-file.js';
import { placeOfNextKeys } from '../identity/key-places.js';
import { readKeySet } from '../identity/key-set.js';
import { readSigningKey } from '../identity/keys.js';

export interface ProvisionFacts {
  /** The service can start. */
  readonly ready: boolean;
  readonly missing?: string | undefined;
  readonly terminalKey?: string | undefined;
  /** Made on the carrier's command, and waiting for its site bundle. */
  readonly nextTerminalKey?: string;
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
    const next = await nextKeyOf(stateDirectory);
    const waiting = next === undefined || next === terminalKey ? {} : { nextTerminalKey: next };
    return { ready: true, terminalKey, ...waiting, ...factsOf(bundle, now) };
  } catch (error) {
    if (!isCountersignError(error)) throw error;
    return { ready: false, missing: error.message, terminalKey, carrierKeys: [] };
  }
}

/** Next keys that are damaged keep nothing from working: the next command makes others. */
async function nextKeyOf(stateDirectory: string): Promise<string | undefined> {
  try {
    return (await readKeySet(placeOfNextKeys(stateDirectory)))?.keyId;
  } catch (error) {
    if (isCountersignError(error)) return undefined;
    throw error;
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
