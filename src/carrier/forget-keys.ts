import { calculateJwkThumbprint } from 'jose';
import type { Carrier } from './carrier.js';
import { carrierFault } from './errors.js';
import { keyIdsOf } from './next-keys.js';
import { signedBy } from './open-report.js';

export interface KeysOfTerminal {
  readonly terminal: string;
  /** Thumbprint of the newest key. */
  readonly newest: string;
  /** Thumbprints of the others that are taken. */
  readonly former: readonly string[];
  /**
   * Nothing signed with a former key can be under way: no number is missing, and the last report that came bears the
   * newest key.
   */
  readonly passed: boolean;
}

/** @throws CARRIER_TERMINAL_UNKNOWN, CARRIER_STORE_FAILED */
export async function describeKeys(carrier: Carrier, terminal: string): Promise<KeysOfTerminal> {
  const [newest = '', ...former] = await keyIdsOf(carrier, terminal);
  return {
    terminal,
    newest,
    former,
    passed: former.length === 0 || (await hasPassed(carrier, terminal, newest)),
  };
}

async function hasPassed(carrier: Carrier, terminal: string, newest: string): Promise<boolean> {
  const last = await carrier.store.lastReport(terminal);
  if (last === undefined || signedBy(last) !== newest) return false;
  return (await carrier.audit(terminal)).missing.length === 0;
}

/** Forgets the former keys of a terminal whose chain has passed them. @returns their thumbprints */
export async function forgetPassedKeys(carrier: Carrier, terminal: string): Promise<readonly string[]> {
  const { former, passed } = await describeKeys(carrier, terminal);
  if (!passed) return [];
  for (const keyId of former) await drop(carrier, terminal, keyId);
  return former;
}

/**
 * A former key is no longer taken, whatever the terminal signs with it.
 *
 * @param how.revoke also where reports with it may still wait: they are refused then, and stay in the terminal
 * @throws CARRIER_KEY_UNKNOWN, CARRIER_KEY_NEEDED, CARRIER_TERMINAL_UNKNOWN
 */
export async function forgetKey(
  carrier: Carrier,
  terminal: string,
  keyId: string,
  { revoke = false }: { revoke?: boolean } = {},
): Promise<void> {
  const { former, passed } = await describeKeys(carrier, terminal);
  if (!former.includes(keyId)) throw carrierFault('KEY_UNKNOWN', { details: { terminal, key: keyId } });
  if (!passed && !revoke) throw carrierFault('KEY_NEEDED', { details: { terminal, key: keyId } });
  await drop(carrier, terminal, keyId);
}

async function drop({ store }: Carrier, terminal: string, keyId: string): Promise<void> {
  const keys = (await store.find(terminal))?.formerKeys ?? [];
  for (const key of keys) {
    if ((await calculateJwkThumbprint(key)) === keyId) await store.dropKey(terminal, key);
  }
}
