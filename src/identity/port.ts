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

/** Who this terminal is, from the site bundle. */
export interface TerminalIdentity {
  readonly terminal: string;
  readonly site: string;
  readonly broker: {
    readonly url: string;
    readonly ca?: string | undefined;
    readonly certificate?: string | undefined;
    readonly key?: string;
  };
  readonly keys: readonly CarrierKey[];
  readonly signer: Signer;
  readonly envelope: Envelope;
  /** Overrides of the local policy from the bundle, not yet validated. */
  readonly policy: Readonly<Record<string, unknown>>;
}
