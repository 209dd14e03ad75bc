import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import type { Receipt } from '../contract/carrier-messages.js';
import type { ReportDraft } from '../contract/report.js';
import type { Check } from '../domain/check.js';
import { isCountersignError } from '../domain/errors.js';
import { hashOf } from './chain.js';
import { outboxFault } from './errors.js';
import type { LogRecord } from './frames.js';
import type { Outbox, OutboxEntry, SignReport } from './port.js';
import { openOrRecover, outboxFiles } from './recovery.js';
import {
  countStates,
  insertReport,
  type ReportRow,
  rowsFromLog,
  STATE,
  selectReports,
} from './reports-table.js';
import { openSegments, type SegmentLog } from './segments.js';
import { createSendOrder } from './send-order.js';
import { PAGE_BYTES } from './settings.js';
import { type OpenStore, type Statement, type Store, storeErrorCode } from './store.js';

export interface OutboxOptions {
  /** State directory; the queue makes its files in it. */
  readonly directory: string;
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

/** Room that one more visit may take: two reports of a transfer at their largest, in both copies. */
const VISIT_PAGES = 128;
const LEAST_FREE_BYTES = 4 * 1024 * 1024;
const DAY_MS = 86_400_000;
/** Confirmed reports in the current segment after which it is closed, so that bodies do not lie there for long. */
const ERASE_AFTER = 16;

/** @throws OUTBOX_READ_ONLY, OUTBOX_FULL, OUTBOX_SQLITE_TOO_OLD, OUTBOX_SETTINGS_REFUSED, OUTBOX_UNUSABLE */
export async function openOutbox(options: OutboxOptions, deps: OutboxDeps): Promise<Outbox> {
  const files = outboxFiles(options.directory);
  await mkdir(options.directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw outboxFault('READ_ONLY', { cause: error });
  });
  const maxPages = Math.floor((options.quotaMb * 1024 * 1024) / PAGE_BYTES);
  const { store, restartedBecause } = await openOrRecover(files, {
    maxPages,
    openStore: deps.openStore,
    ...(deps.logger === undefined ? {} : { logger: deps.logger }),
  });
  const log = await openSegments(files.log).catch(async (error: unknown) => {
    await store.close();
    throw outboxFault('READ_ONLY', { cause: error });
  });
  return new DurableOutbox(options, deps, { store, log, maxPages, reserve: files.reserve }).begin(
    restartedBecause,
  );
}

interface Parts {
  readonly store: Store;
  readonly log: SegmentLog;
  readonly maxPages: number;
  readonly reserve: string;
}

class DurableOutbox implements Outbox {
  readonly #options: OutboxOptions;
  readonly #deps: OutboxDeps;
  readonly #parts: Parts;
  /** One thing at a time: number and chain of the next report rest on the last. */
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #listeners = new Set<() => void>();
  readonly #order;
  #counts = { waiting: 0, sent: 0, confirmed: 0, lastSeq: 0 };
  #lastHash: string | undefined;
  #restart: string | undefined;
  /** The second copy could not be written: told by `check`, the database still has all. */
  #logFault: string | undefined;
  #confirmedSinceErase = 0;
  #closed = false;

  constructor(options: OutboxOptions, deps: OutboxDeps, parts: Parts) {
    this.#options = options;
    this.#deps = deps;
    this.#parts = parts;
    this.#order = createSendOrder(() => deps.clock.elapsed(), options.resendAfterMs);
  }

  async begin(restartedBecause: string | undefined): Promise<this> {
    const { store, log } = this.#parts;
    this.#counts = await countStates(store);
    const [last] = await selectReports(store, 'ORDER BY seq DESC LIMIT 1');
    this.#lastHash = last?.hash;
    if (restartedBecause !== undefined) await this.remember('chain-restart', restartedBecause);
    this.#restart = (await this.recall('chain-restart')) || undefined;
    for (const { seq } of await selectReports(store, 'WHERE state = 1')) this.#order.sentBefore(seq);
    await this.#completeLog(log, await log.readAll());
    await this.#forgetOld();
    await this.#keepReserve();
    return this;
  }

  append(draft: ReportDraft): Promise<{ seq: number; hash: string }> {
    return this.#alone(async () => {
      const [known] = await selectReports(this.#parts.store, 'WHERE id = ?', [draft.id]);
      if (known !== undefined) return { seq: known.seq, hash: known.hash };
      const seq = this.#counts.lastSeq + 1;
      const restart = this.#restart;
      const jws = await this.#deps.sign(draft, {
        seq,
        previous: this.#lastHash,
        chainRestarted: restart === undefined ? undefined : { cause: restart },
      });
      const hash = hashOf(jws);
      const { at } = this.#deps.clock.now();
      const row: ReportRow = {
        seq,
        id: draft.id,
        hash,
        jws,
        state: STATE.waiting,
        attempts: 0,
        accepted: undefined,
        at,
        confirmedAt: undefined,
      };
      const clearMark: Statement[] = restart === undefined ? [] : [rememberStatement('chain-restart', '')];
      await this.#write([insertReport(row), ...clearMark]);
      this.#restart = undefined;
      this.#lastHash = hash;
      this.#counts = { ...this.#counts, waiting: this.#counts.waiting + 1, lastSeq: seq };
      this.#order.appended(seq);
      await this.#logRecord({ type: 'report', seq, id: draft.id, hash, jws, at });
      for (const each of [...this.#listeners]) each();
      return { seq, hash };
    });
  }

  async take(limit: number, excluding: ReadonlySet<number>): Promise<OutboxEntry[]> {
    const { store } = this.#parts;
    const first = this.#order.urgent(excluding).slice(0, limit);
    const rows: ReportRow[] = [];
    if (first.length > 0) {
      const marks = first.map(() => '?').join(', ');
      const found = await selectReports(store, `WHERE seq IN (${marks}) AND state < 2`, first);
      rows.push(...first.flatMap((seq) => found.find((row) => row.seq === seq) ?? []));
    }
    if (rows.length < limit) {
      // The skipped ones are at most what is in flight, so a little more than the limit is enough.
      const most = limit + excluding.size + rows.length;
      const oldest = await selectReports(store, 'WHERE state = 0 ORDER BY seq LIMIT ?', [most]);
      const taken = new Set(rows.map(({ seq }) => seq));
      rows.push(...oldest.filter(({ seq }) => !excluding.has(seq) && !taken.has(seq)));
    }
    return rows
      .slice(0, limit)
      .flatMap(({ seq, id, jws, hash, state, attempts }) =>
        jws === undefined
          ? []
          : [
              {
                seq,
                id,
                jws,
                hash,
                attempts,
                state: state === STATE.sent ? 'sent' : 'waiting',
                live: this.#order.isLive(seq),
              },
            ],
      );
  }

  markSent(seq: number): Promise<void> {
    return this.#alone(async () => {
      const [row] = await selectReports(this.#parts.store, 'WHERE seq = ? AND state < 2', [seq]);
      if (row === undefined) return;
      this.#order.sent(seq, row.attempts + 1);
      await this.#write([
        {
          sql: 'UPDATE reports SET state = 1, attempts = attempts + 1 WHERE seq = ? AND state < 2',
          values: [seq],
        },
      ]);
      if (row.state === STATE.waiting) {
        this.#counts = { ...this.#counts, waiting: this.#counts.waiting - 1, sent: this.#counts.sent + 1 };
      }
    });
  }

  confirm(receipt: Receipt): Promise<boolean> {
    return this.#alone(async () => {
      const { seq, id, hash, accepted } = receipt;
      const [row] = await selectReports(this.#parts.store, 'WHERE seq = ?', [seq]);
      if (row === undefined || row.id !== id || row.hash !== hash) return false;
      if (row.state === STATE.confirmed) return true;
      const { at } = this.#deps.clock.now();
      await this.#write([
        {
          sql: 'UPDATE reports SET state = 2, jws = NULL, accepted = ?, confirmed_at = ? WHERE seq = ?',
          values: [Number(accepted), at, seq],
        },
      ]);
      this.#order.confirmed(seq);
      const { waiting, sent, confirmed } = this.#counts;
      this.#counts = {
        ...this.#counts,
        waiting: waiting - (row.state === STATE.waiting ? 1 : 0),
        sent: sent - (row.state === STATE.sent ? 1 : 0),
        confirmed: confirmed + 1,
      };
      await this.#logRecord({ type: 'confirmed', seq, hash, accepted, at });
      if (++this.#confirmedSinceErase >= ERASE_AFTER) await this.#eraseBodies();
      return true;
    });
  }

  async counts() {
    return this.#counts;
  }

  async hasRoom(): Promise<boolean> {
    const { store, maxPages } = this.#parts;
    const [count] = await store.read('PRAGMA page_count');
    const [free] = await store.read('PRAGMA freelist_count');
    const used = Number(count?.['page_count'] ?? 0) - Number(free?.['freelist_count'] ?? 0);
    const { bavail, bsize } = await statfs(this.#options.directory);
    return maxPages - used >= VISIT_PAGES && bavail * bsize >= LEAST_FREE_BYTES;
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async remember(key: string, value: string): Promise<void> {
    await this.#alone(() => this.#write([rememberStatement(key, value)]));
  }

  async recall(key: string): Promise<string | undefined> {
    const [row] = await this.#parts.store.read('SELECT value FROM facts WHERE key = ?', [key]);
    return row === undefined ? undefined : String(row['value']);
  }

  async check(): Promise<Check> {
    const name = 'outbox';
    try {
      await this.remember('check', String(Math.round(this.#deps.clock.elapsed())));
      const { waiting, sent } = this.#counts;
      if (!(await this.hasRoom())) {
        return {
          name,
          ok: false,
          detail: `full: ${waiting + sent} unconfirmed`,
          advice: outboxFault('FULL').advice,
        };
      }
      if (this.#logFault !== undefined) {
        const detail = `the second copy cannot be written (${this.#logFault})`;
        return { name, ok: false, detail, advice: outboxFault('READ_ONLY').advice };
      }
      const mark = this.#restart === undefined ? '' : `; begun anew (${this.#restart})`;
      return { name, ok: true, detail: `${waiting} waiting, ${sent} sent${mark}` };
    } catch (error) {
      const detail = isCountersignError(error) ? error.code : 'no commit';
      const advice = isCountersignError(error) ? error.advice : outboxFault('UNUSABLE').advice;
      return { name, ok: false, detail, advice, curedByRestart: true };
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.onIdle();
    await this.#eraseBodies().catch(() => {});
    await this.#parts.log.close().catch(() => {});
    await this.#parts.store.close();
  }

  #alone<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closed) return Promise.reject(outboxFault('CLOSED'));
    return this.#queue.add(work);
  }

  /** A commit, or a fault of ours; a full disk gets the reserve once, so that receipts can still be taken. */
  async #write(statements: readonly Statement[]): Promise<void> {
    try {
      await this.#parts.store.write(statements);
    } catch (error) {
      if (storeErrorCode(error) === 'SQLITE_FULL' && (await this.#useReserve())) {
        await this.#parts.store.write(statements).catch((again: unknown) => {
          throw toFault(again);
        });
        return;
      }
      throw toFault(error);
    }
  }

  async #logRecord(record: LogRecord): Promise<void> {
    try {
      await this.#parts.log.append(record);
      this.#logFault = undefined;
    } catch (error) {
      this.#logFault = storeErrorCode(error) ?? 'unknown';
      this.#deps.logger?.warn({ code: this.#logFault }, 'the second copy of the queue cannot be written');
    }
  }

  /** After a power cut the second copy may lack what the database has. */
  async #completeLog(log: SegmentLog, { records }: { records: LogRecord[] }): Promise<void> {
    const known = rowsFromLog(records);
    const from = Math.max(0, this.#counts.lastSeq - 1000);
    for (const row of await selectReports(this.#parts.store, 'WHERE seq > ? ORDER BY seq', [from])) {
      const { seq, id, hash, jws, at, state, accepted = true, confirmedAt = at } = row;
      const logged = known.get(seq);
      if (logged?.hash !== hash) {
        await log.append({ type: 'report', seq, id, hash, at, ...(jws === undefined ? {} : { jws }) });
      }
      if (state === STATE.confirmed && logged?.state !== STATE.confirmed) {
        await log.append({ type: 'confirmed', seq, hash, accepted, at: confirmedAt });
      }
    }
  }

  async #eraseBodies(): Promise<void> {
    this.#confirmedSinceErase = 0;
    const unconfirmed = await selectReports(this.#parts.store, 'WHERE state < 2 ORDER BY seq LIMIT 10000');
    const open = new Set(unconfirmed.map(({ seq }) => seq));
    const newest = unconfirmed.length < 10_000 ? Number.POSITIVE_INFINITY : (unconfirmed.at(-1)?.seq ?? 0);
    await this.#parts.log.eraseBodies((seq) => seq <= newest && !open.has(seq), {
      includeCurrent: open.size === 0,
    });
  }

  /** Old confirmed rows go; the last one stays, because the next report names its hash. */
  async #forgetOld(): Promise<void> {
    const before = new Date(
      Date.parse(this.#deps.clock.now().at) - this.#options.keepDays * DAY_MS,
    ).toISOString();
    await this.#write([
      {
        sql: 'DELETE FROM reports WHERE state = 2 AND confirmed_at < ? AND seq < (SELECT max(seq) FROM reports)',
        values: [before],
      },
    ]);
    this.#counts = await countStates(this.#parts.store);
  }

  async #keepReserve(): Promise<void> {
    const bytes = Buffer.alloc(this.#options.reserveKb * 1024, 0xa5);
    await writeFile(this.#parts.reserve, bytes, { mode: 0o600 }).catch(() => {});
  }

  async #useReserve(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#options.directory);
    if (bavail * bsize > this.#options.reserveKb * 1024) return false;
    await rm(this.#parts.reserve, { force: true });
    return true;
  }
}

function rememberStatement(key: string, value: string): Statement {
  return {
    sql: 'INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    values: [key, value],
  };
}

function toFault(error: unknown): Error {
  const code = storeErrorCode(error);
  if (code === 'SQLITE_FULL') return outboxFault('FULL', { cause: error });
  if (code === 'SQLITE_READONLY' || code === 'SQLITE_CANTOPEN')
    return outboxFault('READ_ONLY', { cause: error });
  return outboxFault('WRITE_FAILED', { cause: error, details: { code: code ?? 'unknown' } });
}
