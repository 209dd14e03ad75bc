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

export interface RegisteredTerminal {
  readonly terminal: string;
  readonly site: string;
  readonly publicJwk: JWK;
}

/**
 * What the carrier keeps. `save` is durable when it resolves, and idempotent: the same report again is `duplicate`,
 * another report under a number that is taken is `conflict`.
 */
export interface CarrierStore {
  register(terminal: RegisteredTerminal): Promise<void>;
  find(terminal: string): Promise<RegisteredTerminal | undefined>;
  save(report: StoredReport): Promise<'new' | 'duplicate' | 'conflict'>;
  /** Number, hash and previous of each report of a terminal, by number. */
  chain(
    terminal: string,
  ): Promise<readonly Pick<StoredReport, 'seq' | 'hash' | 'previous' | 'chainRestarted'>[]>;
  /** The next number for something that counts up per terminal (commands, bundles); durable. */
  next(counter: string): Promise<number>;
  close(): Promise<void>;
}
