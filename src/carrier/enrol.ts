import { createHash } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { type Enrolment, enrolmentProofSchema, enrolmentSchema } from '../contract/enrolment.js';
import { TYP } from '../contract/envelope.js';
import { identifier } from '../contract/names.js';
import type { SiteBundle } from '../contract/site-bundle.js';
import type { Carrier } from './carrier.js';
import type { PemPair } from './certificates.js';
import { carrierFault } from './errors.js';
import { verifyFromTerminal } from './open-report.js';

export interface EnrolRequest {
  /** JSON of what `countersign provision request` wrote. */
  readonly enrolment: unknown;
  readonly terminal: string;
  readonly site: string;
  readonly brokerUrl: string;
  /** Certificate authority for brokers over TLS; without it the bundle has no certificates. */
  readonly authority?: PemPair | undefined;
  readonly policy?: SiteBundle['policy'];
  readonly configuration?: SiteBundle['configuration'];
  /** The terminal lost its keys: take the new ones. */
  readonly replaceKey?: boolean;
}

/**
 * Takes a terminal in: checks its request, notes its key, makes its certificate and its site bundle. May be repeated;
 * each time gives a newer bundle.
 *
 * @returns the site bundle (compact JWS)
 * @throws CARRIER_REQUEST_INVALID, CARRIER_TERMINAL_KNOWN, CARRIER_STORE_FAILED
 */
export async function enrolTerminal(carrier: Carrier, request: EnrolRequest): Promise<string> {
  const { site, brokerUrl, authority, policy, configuration, replaceKey = false } = request;
  const { enrolment, terminal } = await checkRequest(request);
  const known = await carrier.store.find(terminal);
  if (known !== undefined && !replaceKey) {
    const thumbprint = await calculateJwkThumbprint(known.publicJwk);
    if (thumbprint !== enrolment.terminalKey) throw carrierFault('TERMINAL_KNOWN', { details: { terminal } });
  }
  // Loaded only here: whoever takes reports alone needs no ASN.1.
  const { certifyTerminal } = await import('./certificates.js');
  const tls =
    authority === undefined
      ? {}
      : {
          ca: authority.certificate,
          certificate: await certifyTerminal(authority, { csr: enrolment.csr, terminal }),
        };
  const bundle = await carrier.bundle({
    terminal,
    site,
    terminalKey: enrolment.terminalKey,
    broker: { url: brokerUrl, ...tls },
    ...(policy === undefined ? {} : { policy }),
    ...(configuration === undefined ? {} : { configuration }),
  });
  await carrier.store.register({ terminal, site, publicJwk: enrolment.publicJwk });
  return bundle;
}

async function checkRequest(request: EnrolRequest): Promise<{ enrolment: Enrolment; terminal: string }> {
  try {
    const enrolment = enrolmentSchema.parse(request.enrolment);
    const { terminalKey, publicJwk, csr, proof } = enrolment;
    if ((await calculateJwkThumbprint(publicJwk)) !== terminalKey)
      throw new Error('not the thumbprint of its key');
    const proved = enrolmentProofSchema.parse(await verifyFromTerminal(TYP.enrolment, proof, publicJwk));
    const csrHash = createHash('sha256').update(csr).digest('base64url');
    if (proved.terminalKey !== terminalKey || proved.csrHash !== csrHash)
      throw new Error('proof of something else');
    identifier.parse(request.site);
    return { enrolment, terminal: identifier.parse(request.terminal) };
  } catch (error) {
    throw carrierFault('REQUEST_INVALID', { cause: error });
  }
}
