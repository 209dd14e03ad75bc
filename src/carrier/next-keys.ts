import { calculateJwkThumbprint } from 'jose';
import type { Enrolment } from '../contract/enrolment.js';
import { LIMITS } from '../contract/limits.js';
import type { SiteBundle } from '../contract/site-bundle.js';
import type { CommandResult } from '../contract/terminal-messages.js';
import type { Carrier } from './carrier.js';
import type { PemPair } from './certificates.js';
import { checkEnrolment } from './check-enrolment.js';
import { carrierFault } from './errors.js';

export interface NextKeys {
  /** Site bundle for the command that puts the keys in force (compact JWS). */
  readonly bundle: string;
  /** Thumbprint of the next key. */
  readonly terminalKey: string;
  /** What renews the bundle later, as the request of `carrier enrol`. */
  readonly enrolment: Enrolment;
}

/**
 * The carrier's part between the two commands of `rotate-keys`: takes the next keys from the terminal's answer, which a
 * key that is taken from it has signed, registers them beside those of before, and makes their site bundle: site,
 * broker, policy and configuration as the terminal has them, certificate and carrier keys new. May be repeated.
 *
 * @param request.result of `rotate-keys` without a bundle, verified
 * @param request.authority asked for where the terminal's bundle has a certificate
 * @throws CARRIER_NEXT_KEYS_INVALID, CARRIER_BUNDLE_TOO_LARGE, CARRIER_TERMINAL_UNKNOWN, CARRIER_STORE_FAILED
 */
export async function admitNextKeys(
  carrier: Carrier,
  request: {
    readonly terminal: string;
    readonly result: Pick<CommandResult, 'enrolment' | 'bundle'>;
    readonly authority?: (() => Promise<PemPair>) | undefined;
  },
): Promise<NextKeys> {
  const { terminal, authority } = request;
  const known = await carrier.store.find(terminal);
  if (known === undefined) throw carrierFault('TERMINAL_UNKNOWN', { details: { terminal } });
  const { enrolment, present } = await checkAnswer(carrier, request);
  const { terminalKey, publicJwk, csr } = enrolment;
  const { site, policy, configuration } = present;
  const broker = await brokerFor(present, { csr, terminal, authority });
  const bundle = await carrier.bundle({
    terminal,
    site,
    terminalKey,
    broker,
    ...(policy === undefined ? {} : { policy }),
    ...(configuration === undefined ? {} : { configuration }),
  });
  if (bundle.length > LIMITS.bundleBytes) {
    throw carrierFault('BUNDLE_TOO_LARGE', { details: { terminal, bytes: bundle.length } });
  }
  // Before the terminal may use it: a report with a key that nobody knows would be refused.
  await carrier.store.addKey(terminal, publicJwk);
  return { bundle, terminalKey, enrolment };
}

async function checkAnswer(
  carrier: Carrier,
  { terminal, result }: { terminal: string; result: Pick<CommandResult, 'enrolment' | 'bundle'> },
): Promise<{ enrolment: Enrolment; present: SiteBundle }> {
  try {
    const enrolment = await checkEnrolment(result.enrolment);
    const present = await carrier.readBundle(result.bundle ?? '');
    if (present.terminal !== terminal) throw new Error('the bundle of another terminal');
    if (present.terminalKey === enrolment.terminalKey) throw new Error('the key in force is no next key');
    return { enrolment, present };
  } catch (error) {
    throw carrierFault('NEXT_KEYS_INVALID', { cause: error, details: { terminal } });
  }
}

async function brokerFor(
  { broker }: SiteBundle,
  {
    csr,
    terminal,
    authority: ask,
  }: { csr: string; terminal: string; authority: (() => Promise<PemPair>) | undefined },
): Promise<SiteBundle['broker']> {
  if (broker.certificate === undefined) return broker;
  if (ask === undefined) {
    throw carrierFault('NEXT_KEYS_INVALID', {
      details: { terminal, problem: 'its certificate needs the certificate authority' },
    });
  }
  // Loaded only here: whoever takes reports alone needs no ASN.1.
  const { certifyTerminal } = await import('./certificates.js');
  const authority = await ask();
  return {
    url: broker.url,
    ca: authority.certificate,
    certificate: await certifyTerminal(authority, { csr, terminal }),
  };
}

/** Thumbprints of the keys that are taken from a terminal, the newest first. @throws CARRIER_TERMINAL_UNKNOWN */
export async function keyIdsOf(carrier: Carrier, terminal: string): Promise<readonly string[]> {
  const known = await carrier.store.find(terminal);
  if (known === undefined) throw carrierFault('TERMINAL_UNKNOWN', { details: { terminal } });
  return Promise.all([known.publicJwk, ...known.formerKeys].map((key) => calculateJwkThumbprint(key)));
}
