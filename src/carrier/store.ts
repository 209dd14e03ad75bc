import type { JWK } from 'jose';

/** A verified report as it is kept: the JWS itself is the evidence, the columns are for finding it. */
export interface StoredReport {
  readonly terminal: string;
  readonly seq: number;
  readonly id: string;
  readonly hash: string;
  readonly previous: string | undefined;
  readonly chainRestarted: boolean;
  readonly jws: string;
  readonly at: string;
}

export interface TerminalRegistration {
  readonly terminal: string;
  readonly site: string;
  readonly publicJwk: JWK;
}

export interface RegisteredTerminal extends TerminalRegistration {
  /** Other keys that are taken beside the newest, `publicJwk`: reports signed with them may still wait. */
  readonly formerKeys: readonly JWK[];
}

/** A place in a terminal's chain. */
export type ChainLink = Pick<StoredReport, 'seq' | 'hash' | 'previous' | 'chainRestarted'>;

/**
 * `conflict`: kept as well, but it cannot stand beside what is there. Another report follows the same one before it,
 * another is the first, or another has the same id: a copied terminal, or a fault that a person has to look at.
 */
export type Kept = 'new' | 'duplicate' | 'conflict';

/**
 * What the carrier keeps. `save` is durable when it resolves, loses nothing that was verified, and is idempotent by
 * hash: the same report again is what it was the first time, told as `duplicate` (or again as `conflict`).
 */
export interface CarrierStore {
  /** A terminal that is known gets the new site, and where the key is not its newest, this key alone. */
  register(terminal: TerminalRegistration): Promise<void>;
  /** A further key of a terminal that is known, its newest from now on; those of before are taken as well. */
  addKey(terminal: string, publicJwk: JWK): Promise<void>;
  /** A former key is no longer taken; the newest stays. */
  dropKey(terminal: string, publicJwk: JWK): Promise<void>;
  find(terminal: string): Promise<RegisteredTerminal | undefined>;
  /** Ids of all terminals, sorted. */
  terminals(): Promise<readonly string[]>;
  save(report: StoredReport): Promise<Kept>;
  /** Every report of a terminal by number, then by arrival. */
  chain(terminal: string): Promise<readonly ChainLink[]>;
  /** The report that was saved last, its JWS. */
  lastReport(terminal: string): Promise<string | undefined>;
  /** The next number for something that counts up per terminal (commands, bundles), `atLeast` or more; durable. */
  next(counter: string, atLeast: number): Promise<number>;
  close(): Promise<void>;
}
