import type { Receipt } from '../contract/carrier-messages.js';
import type { ReportDraft } from '../contract/report.js';
import type { Check } from '../domain/check.js';

/** One report in the queue, as the uplink sees it. */
export interface OutboxEntry {
  readonly seq: number;
  readonly id: string;
  /** Compact JWS, as it goes on the wire. */
  readonly jws: string;
  /** SHA-256 (base64url) of `jws`. */
  readonly hash: string;
  readonly state: 'waiting' | 'sent';
  /** Times it was published. */
  readonly attempts: number;
  /** Appended within the last minute by this process: goes before the backlog and is not slowed down. */
  readonly live: boolean;
}

export interface OutboxCounts {
  readonly waiting: number;
  readonly sent: number;
  readonly confirmed: number;
  /** Last number given; 0 before the first. */
  readonly lastSeq: number;
}

/** Numbers a draft, binds it to the chain and signs it. Given to the outbox by whoever composes the terminal. */
export type SignReport = (
  draft: ReportDraft,
  place: { seq: number; previous: string | undefined; chainRestarted: { cause: string } | undefined },
) => Promise<string>;

/**
 * The only queue there is: numbered without gaps, chained by hash, durable.
 *
 * - `append` resolves when the row is on the disk (fsync done), and rejects otherwise: then nobody was told "verified".
 *   Idempotent by `draft.id`. Rejects with `OUTBOX_FULL`, `OUTBOX_READ_ONLY` or another `OUTBOX_` fault.
 * - `take` gives up to `limit` entries that are to be sent now, live ones before the backlog, else oldest first; it
 *   changes nothing. `excluding` names the seqs that are in flight.
 * - `markSent` notes a publication; a sent entry is given again by `take` once `resendAfterMs` has passed, twice as long
 *   after each attempt, at most 15 minutes. The note goes to the disk with the next commit: a crash may repeat a sending.
 * - `confirm` takes a receipt whose signature was verified; resolves to false when something in it does not fit any entry
 *   (foreign, wrong hash); what fits is confirmed. Confirming twice is harmless. The sealed body is erased, number and
 *   hash stay. Receipts wait some milliseconds for each other, so that they share a commit; one that a crash takes away
 *   is given again by the carrier.
 * - `check` proves that a commit works; never throws.
 */
export interface Outbox {
  append(draft: ReportDraft): Promise<{ seq: number; hash: string }>;
  take(limit: number, excluding: ReadonlySet<number>): Promise<OutboxEntry[]>;
  markSent(seq: number): Promise<void>;
  confirm(receipt: Receipt): Promise<boolean>;
  counts(): Promise<OutboxCounts>;
  /** Will there be room for the report of one more visit? */
  hasRoom(): Promise<boolean>;
  /** Called after each append, so that the uplink need not poll. Returns the way to stop it. */
  onAppend(listener: () => void): () => void;
  /** Small durable facts of the service: replay guards, boot counter, time floor. */
  remember(key: string, value: string): Promise<void>;
  recall(key: string): Promise<string | undefined>;
  check(): Promise<Check>;
  close(): Promise<void>;
}
