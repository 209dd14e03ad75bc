import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { prepareAll, type Ready, type Waiting, waitingFor } from './batch.js';
import { BEGINNING, type ChainEnd, forNextCommit, readEnd } from './chain-end.js';
import { type Change, NOTHING, type SeenReports, statementsOf, type Work } from './change.js';
import { giveUpReserve, reuseLog } from './disk-room.js';
import { outboxFault } from './errors.js';
import type { OutboxFiles } from './files.js';
import { type Framed, framed } from './frames.js';
import { reconcile } from './reconcile.js';
import { openOrRecover, type RecoveryOptions } from './recovery.js';
import { countStates, type States } from './reports-table.js';
import { SecondCopy } from './second-copy.js';
import { isSuspicious, type SqlRow, type SqlValue, type Store, storeErrorCode, toFault } from './store.js';
import { createTurn } from './turn.js';

export interface CommitterOptions extends RecoveryOptions {
  readonly files: OutboxFiles;
  readonly elapsed: () => number;
  readonly logger?: Logger;
  /** Statements that are to ride along with the next commit, and what to do when they are on the disk. */
  readonly alongside: () => Change<void>;
  /** Finds the reports that works have to see; `store` is the committer itself. */
  readonly see: (store: Pick<Store, 'read'>, seqs: readonly number[]) => Promise<SeenReports>;
  /** Called with every opening of the store, the first and those after a failure of the disk. */
  readonly opened: (store: Store, states: States) => Promise<void>;
}

/** Records written down in one turn of the loop: about 0.2 ms. */
const FRAMED_AT_ONCE = 64;

/**
 * Does all writing, one commit at a time; what comes in during a commit goes into the next one together, so that many
 * reports share one sync. After a failure of the disk nothing is believed that was not read back: the store is closed,
 * opened and reconciled with the second copy before anything else is written.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #second: SecondCopy;
  readonly #turn = createTurn<Waiting>();
  #running: Promise<void> | undefined;
  #store: Store | undefined;
  #closing: Promise<void> | undefined;
  #end: ChainEnd = BEGINNING;
  /** What was said by the disk since the store was opened, if anything. */
  #suspicion: unknown;
  /** Monotonic ms of the last commit that worked. */
  committedAt = Number.NEGATIVE_INFINITY;
  /** Code of the last failure, until something works again. */
  fault: string | undefined;
  /** Reports of which neither copy has the body whole. */
  unreadable: readonly number[] = [];

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#second = new SecondCopy(options.elapsed, options.logger);
  }

  /** Cause of a new beginning that no report has borne yet. */
  get restart(): string | undefined {
    return this.#end.restart;
  }

  /** The second copy could not be written: told by `check`, the database still has all. */
  get secondFault(): string | undefined {
    return this.#second.fault;
  }

  /** @throws OUTBOX_FULL, OUTBOX_READ_ONLY, OUTBOX_UNUSABLE and what `checkSettings` throws */
  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      // Even to open takes a little room; receipts make more, once it is open.
      if (storeErrorCode(error) !== 'OUTBOX_FULL' || !(await this.#makeRoom())) throw error;
      await this.#open();
    }
  }

  async #open(): Promise<void> {
    const { files, logger } = this.#options;
    const store = await openOrRecover(files, this.#options);
    try {
      // Where even its place cannot be opened, what can be read of it counts all the same.
      const log = await this.#second.open(files).catch((error: unknown) => ({ error }));
      const { unreadable, logError, ...found } = await reconcile(store, log, files);
      this.unreadable = unreadable;
      if (found.adopted + found.repaired + found.damagedSegments + unreadable.length > 0) {
        logger?.warn({ ...found, unreadable: unreadable.length }, 'the two copies of the queue differed');
      }
      if (logError === undefined) this.#second.fault = undefined;
      else await this.#second.failed(logError);
      const states = await countStates(store);
      this.#end = await readEnd(store);
      await this.#options.opened(store, states);
      this.#store = store;
    } catch (error) {
      await this.#second.close();
      await store.close().catch(() => {});
      throw toFault(error, 'UNUSABLE');
    }
  }

  /** Resolves when the change is on the disk. */
  commit<Value>(work: Work<Value>): Promise<Value> {
    // A check that was under way must not open again what was just given back.
    if (this.#closing !== undefined) return Promise.reject(outboxFault('CLOSED'));
    return new Promise((resolve, reject) => {
      this.#turn.add(waitingFor(work, resolve, reject), work.patient === true);
      this.#running ??= this.#run();
    });
  }

  async read(sql: string, values: readonly SqlValue[] = []): Promise<SqlRow[]> {
    if (this.#store === undefined) await this.commit({ grows: false, prepare: async () => NOTHING });
    const store = this.#store;
    if (store === undefined) throw outboxFault('WRITE_FAILED', { details: { code: this.fault ?? 'closed' } });
    try {
      return await store.read(sql, values);
    } catch (error) {
      // Said of an earlier opening, it says nothing about this one.
      if (store === this.#store) this.#suspect(error);
      throw toFault(error);
    }
  }

  /** Removes what the second copy has about reports up to that number. */
  forget(seq: number): Promise<void> {
    const prepare = async () => {
      await this.#second.forget(seq);
      return NOTHING;
    };
    return this.commit({ grows: false, prepare });
  }

  /** Waits for what was asked for, then gives both copies back. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#turn.hurry();
    while (this.#running !== undefined) await this.#running;
    await this.#second.eraseBodies().catch(() => {});
    await this.#shut();
  }

  async #run(): Promise<void> {
    // Whoever asks in the same turn of the loop shares the commit.
    await Promise.resolve();
    while (!this.#turn.isEmpty) {
      if (!this.#turn.isRipe) await this.#turn.gather();
      await this.#batch(this.#turn.take());
    }
    this.#running = undefined;
  }

  async #batch(batch: readonly Waiting[]): Promise<void> {
    if (this.#store === undefined) {
      try {
        await this.open();
      } catch (error) {
        this.fault = storeErrorCode(error) ?? 'unknown';
        for (const each of batch) each.reject(error);
        return;
      }
    }
    const end = forNextCommit(this.#end);
    const ready = await prepareAll(batch, end, (seqs) => this.#options.see(this, seqs));
    if (ready.length > 0) await this.#write(ready, end);
    if (this.#suspicion !== undefined || this.#second.wantsReopening) await this.#shut();
  }

  async #write(ready: readonly Ready[], end: ChainEnd): Promise<void> {
    try {
      await this.#persist(ready, this.#options.alongside());
      this.#end = end;
    } catch (error) {
      const fault = toFault(error);
      const shrinking = ready.filter(({ waiting }) => !waiting.grows);
      if (storeErrorCode(fault) !== 'OUTBOX_FULL' || shrinking.length === 0)
        return this.#failed(ready, error);
      for (const { waiting } of ready) if (waiting.grows) waiting.reject(fault);
      await this.#writeFromReserve(shrinking, end);
    }
  }

  /** What rides along stays behind: it can wait, and may be what does not fit. */
  async #writeFromReserve(ready: readonly Ready[], end: ChainEnd): Promise<void> {
    try {
      await this.#makeRoom();
      if (this.#store !== undefined) await reuseLog(this.#store, this.#options.files);
      await this.#persist(ready, NOTHING);
      this.#end = { ...this.#end, revision: end.revision };
    } catch (error) {
      this.#failed(ready, error);
    }
  }

  #failed(ready: readonly Ready[], error: unknown): void {
    const fault = toFault(error);
    this.fault = storeErrorCode(fault);
    this.#suspect(error);
    for (const { waiting } of ready) waiting.reject(fault);
  }

  async #persist(ready: readonly Ready[], alongside: Change<void>): Promise<void> {
    const store = this.#store;
    if (store === undefined) throw outboxFault('CLOSED');
    const own = statementsOf(ready.map(({ change }) => change));
    let frames: readonly Framed[] = [];
    if (own.length > 0 || (alongside.statements.length > 0 && ready.some(({ change }) => change.ridesNow))) {
      const written = store.write([...own, ...alongside.statements]);
      // While the disk is busy, not when somebody waits for the answer.
      [frames] = await Promise.all([framesOf(ready), written]);
      this.fault = undefined;
      this.committedAt = this.#options.elapsed();
      alongside.settled();
    }
    const answers = ready.map(({ change }) => change.settled());
    for (const answer of answers) answer();
    await this.#second.append(frames);
  }

  #makeRoom(): Promise<boolean> {
    return giveUpReserve(this.#options.files, this.#options.logger);
  }

  #suspect(error: unknown): void {
    if (isSuspicious(error)) this.#suspicion = error;
  }

  async #shut(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    this.#suspicion = undefined;
    await this.#second.close();
    await store?.close().catch((error: unknown) => {
      this.#options.logger?.warn({ err: error }, 'the queue could not be closed in order');
    });
  }
}

/** Piece by piece: what is on the line meanwhile, or at the counter, must not wait for all of it. */
async function framesOf(ready: readonly Ready[]): Promise<Framed[]> {
  const records = ready.flatMap(({ change }) => change.records ?? []);
  const frames: Framed[] = [];
  while (frames.length < records.length) {
    await nextTurn();
    frames.push(...records.slice(frames.length, frames.length + FRAMED_AT_ONCE).map(framed));
  }
  return frames;
}
