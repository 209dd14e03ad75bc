import type { Enrolment } from '../contract/enrolment.js';
import { identifier } from '../contract/names.js';
import type { SiteBundle } from '../contract/site-bundle.js';
import type { Carrier } from './carrier.js';
import type { PemPair } from './certificates.js';
import { checkEnrolment } from './check-enrolment.js';
import { carrierFault } from './errors.js';
import { keyIdsOf } from './next-keys.js';

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
    // While keys change, a terminal may still ask with the one of before.
    const keyIds = await keyIdsOf(carrier, terminal);
    if (!keyIds.includes(enrolment.terminalKey)) {
      throw carrierFault('TERMINAL_KNOWN', { details: { terminal } });
    }
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
  const publicJwk = known === undefined || replaceKey ? enrolment.publicJwk : known.publicJwk;
  await carrier.store.register({ terminal, site, publicJwk });
  return bundle;
}

async function checkRequest(request: EnrolRequest): Promise<{ enrolment: Enrolment; terminal: string }> {
  try {
    const enrolment = await checkEnrolment(request.enrolment);
    identifier.parse(request.site);
    return { enrolment, terminal: identifier.parse(request.terminal) };
  } catch (error) {
    throw carrierFault('REQUEST_INVALID', { cause: error });
  }
}
