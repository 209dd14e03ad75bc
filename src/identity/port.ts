import type { Enrolment } from '../contract/enrolment.js';
import type { Typ } from '../contract/envelope.js';
import type { CarrierKey } from '../contract/site-bundle.js';

export type SignerTier = 'file' | 'tpm' | 'secure-element';

/** The terminal's signing key. The key itself never leaves it. */
export interface Signer {
  /** Compact JWS (EdDSA) over the JSON of `body`, with `typ` and `kid` in the protected header. */
  sign(typ: Typ, body: object): Promise<string>;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  readonly tier: SignerTier;
}

/** Seals to the carrier and opens what the carrier signed. */
export interface Envelope {
  /** Compact JWE (ECDH-ES, A256GCM) to the carrier's encryption key. Rejects with `IDENTITY_REVOKED` when none is in force. */
  seal(typ: Typ, body: object): Promise<string>;
  /** Payload of a message that a carrier key in force signed; rejects with `IDENTITY_SIGNATURE_INVALID`. */
  verify(typ: Typ, jws: string): Promise<unknown>;
}

/** How the terminal reaches the broker, and with which TLS identity. */
export interface BrokerAccess {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string;
}

/**
 * New keys, in two steps that a power cut may part anywhere; each may be repeated. What runs keeps the keys that it was
 * started with: the next start takes those in force.
 *
 * - `begin` makes the next keys where none wait, and gives the same ones until they are in force; `anew` discards those
 *   that wait.
 * - `examine` verifies a site bundle for them whole and writes nothing.
 * - `accept` verifies again and writes the bundle: in this one step the next keys come into force.
 *
 * Reject with IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID, IDENTITY_UNWRITABLE, IDENTITY_BUNDLE_INVALID,
 * IDENTITY_BUNDLE_OLD; then the keys in force are those of before.
 */
export interface KeyRenewal {
  /** What the carrier needs for the next keys, and the site bundle in force (compact JWS). Nothing secret. */
  begin(anew?: boolean): Promise<{ readonly enrolment: Enrolment; readonly bundle: string }>;
  examine(bundle: string): Promise<{ readonly terminalKey: string; readonly broker: BrokerAccess }>;
  accept(bundle: string): Promise<void>;
}

/** Who this terminal is, from the site bundle. */
export interface TerminalIdentity {
  readonly terminal: string;
  readonly site: string;
  readonly broker: BrokerAccess;
  readonly keys: readonly CarrierKey[];
  readonly signer: Signer;
  readonly envelope: Envelope;
  /** Overrides of the local policy from the bundle, not yet validated. */
  readonly policy: Readonly<Record<string, unknown>>;
}
