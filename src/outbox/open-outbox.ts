import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { type Receipt, receivedIn } from '../contract/carrier-messages.js';
import type { ReportDraft } from '../contract/report.js';
import type { Check } from '../domain/check.js';
import { Backlog } from './backlog.js';
import { NOTHING, type Work } from './change.js';
import { checkOutbox, createUpkeep, type Upkeep } from './check-outbox.js';
import { Committer } from './committer.js';
import { hasRoomFor, pagesOf } from './disk-room.js';
import { outboxFault } from './errors.js';
import { type OutboxFiles, outboxFiles } from './files.js';
import { lockOwner } from './owner-lock.js';
import type { Outbox, OutboxCounts, OutboxEntry, SignReport } from './port.js';
import { recallFact } from './reports-table.js';
import { appendChange, confirmChange, factChange, markChange, type RequestDeps } from './requests.js';
import { type OpenStore, toFault } from './store.js';

export interface OutboxOptions {
  /** State directory; the queue makes its files in it. */
  readonly directory: string;
  /** Most that both copies together may take. */
  readonly quotaMb: number;
  readonly reserveKb: number;
  /** Days that number and hash of a confirmed report stay. */
  readonly keepDays: number;
  /** First wait before a report without receipt is given again; doubles up to 15 minutes. */
  readonly resendAfterMs?: number;
}

export interface OutboxDeps {
  readonly sign: SignReport;
  readonly clock: { elapsed(): number; now(): { readonly at: string } };
  readonly openStore: OpenStore;
  readonly logger?: Logger;
}

/**
 * @throws OUTBOX_READ_ONLY, OUTBOX_FULL, OUTBOX_IN_USE, OUTBOX_SQLITE_TOO_OLD, OUTBOX_SETTINGS_REFUSED,
 * OUTBOX_UNUSABLE
 */
export async function openOutbox(options: OutboxOptions, deps: OutboxDeps): Promise<Outbox> {
  const { directory } = options;
  const unlock = await mkdir(directory, { recursive: true, mode: 0o700 })
    .then(() => lockOwner(directory))
    .catch((error: unknown) => {
      throw toFault(error, 'UNUSABLE');
    });
  const outbox = new DurableOutbox(options, deps, { files: outboxFiles(directory), unlock });
  try {
    await outbox.begin();
    return outbox;
  } catch (error) {
    await outbox.close();
    throw error;
  }
}

class DurableOutbox implements Outbox {
  readonly #clock: OutboxDeps['clock'];
  readonly #requests: RequestDeps;
  readonly #files: OutboxFiles;
  readonly #maxPages: number;
  readonly #backlog: Backlog;
  readonly #committer: Committer;
  readonly #upkeep: Upkeep;
  readonly #unlock: () => Promise<void>;
  readonly #listeners = new Set<() => void>();
  #closed: Promise<void> | undefined;

  constructor(
    { quotaMb, reserveKb, keepDays, resendAfterMs }: OutboxOptions,
    deps: OutboxDeps,
    { files, unlock }: { files: OutboxFiles; unlock: () => Promise<void> },
  ) {
    const { sign, clock, openStore, logger } = deps;
    this.#clock = clock;
    this.#files = files;
    this.#unlock = unlock;
    this.#maxPages = pagesOf(quotaMb);
    this.#backlog = new Backlog(() => clock.elapsed(), resendAfterMs);
    this.#committer = new Committer({
      files,
      maxPages: this.#maxPages,
      openStore,
      elapsed: () => clock.elapsed(),
      alongside: () => this.#backlog.marks(),
      see: (store, seqs) => this.#backlog.see(store, seqs),
      opened: (store, states) => this.#backlog.begin(store, states),
      ...(logger === undefined ? {} : { logger }),
    });
    this.#requests = { sign, clock, backlog: this.#backlog, store: this.#committer };
    this.#upkeep = createUpkeep({ reserveKb, keepDays }, { committer: this.#committer, files, clock });
  }

  async begin(): Promise<void> {
    await this.#committer.open();
    this.#backlog.forgotten(await this.#upkeep());
  }

  async append(draft: ReportDraft): Promise<{ seq: number; hash: string }> {
    this.#mustBeOpen();
    const { seq, hash, added } = await this.#committer.commit({
      grows: true,
      prepare: (end) => appendChange(draft, end, this.#requests),
    });
    if (added) for (const each of [...this.#listeners]) each();
    return { seq, hash };
  }

  async take(limit: number, excluding: ReadonlySet<number>): Promise<OutboxEntry[]> {
    this.#mustBeOpen();
    return this.#backlog.take(this.#committer, limit, excluding, this.#committer.unreadable.length);
  }

  async markSent(seq: number): Promise<void> {
    this.#mustBeOpen();
    const prepare: Work<void>['prepare'] = async (end, seen) =>
      markChange(seen.get(seq), end, this.#requests);
    await this.#committer.commit({ grows: false, sees: [seq], prepare });
  }

  async confirm(receipt: Receipt): Promise<boolean> {
    this.#mustBeOpen();
    const received = receivedIn(receipt);
    return this.#committer.commit({
      grows: false,
      // A receipt that a crash takes away is given again: the report is sent once more, and known to the carrier.
      patient: true,
      sees: received.map(({ seq }) => seq),
      prepare: async (end, seen) => confirmChange(received, seen, { ...this.#requests, end }),
    });
  }

  async counts(): Promise<OutboxCounts> {
    return this.#backlog.counts;
  }

  async hasRoom(): Promise<boolean> {
    this.#mustBeOpen();
    return hasRoomFor(this.#committer, this.#files, this.#maxPages);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async remember(key: string, value: string): Promise<void> {
    this.#mustBeOpen();
    // A fact takes the place of the one before, and a terminal with a full disk has to be able to start.
    await this.#committer.commit({ grows: false, prepare: async (end) => factChange(key, value, end) });
  }

  async recall(key: string): Promise<string | undefined> {
    this.#mustBeOpen();
    return recallFact(this.#committer, key);
  }

  async check(): Promise<Check> {
    if (this.#closed !== undefined) {
      return { name: 'outbox', ok: false, detail: 'OUTBOX_CLOSED', advice: outboxFault('CLOSED').advice };
    }
    return checkOutbox({
      committer: this.#committer,
      files: this.#files,
      elapsed: this.#clock.elapsed(),
      counts: () => this.#backlog.counts,
      hasRoom: () => this.hasRoom(),
      upkeep: async () => this.#backlog.forgotten(await this.#upkeep()),
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#backlog.order.unwrittenCount > 0) {
      const ride = { ...NOTHING, ridesNow: true };
      // Not noted, they are only sent once more.
      await this.#committer.commit({ grows: false, prepare: async () => ride }).catch(() => {});
    }
    await this.#committer.close();
    await this.#unlock();
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw outboxFault('CLOSED');
  }
}
