import { fitsHash } from './chain.js';
import type { Change, SeenReports } from './change.js';
import type { OutboxCounts, OutboxEntry } from './port.js';
import {
  markReports,
  type OutgoingRow,
  type SeenRow,
  STATE,
  type States,
  seeReports,
  selectOutgoing,
} from './reports-table.js';
import { SendOrder } from './send-order.js';
import type { Store } from './store.js';

type Reader = Pick<Store, 'read'>;
const CHUNK = 500;
/** Reports given and not confirmed that are remembered: more than are read ahead, under way and settling at full speed. */
const MOST_GIVEN = 2000;

/**
 * What is not confirmed yet, and what of it goes next. Counts and the place of the oldest waiting report are kept in
 * memory, so that a look costs the same with a million waiting reports as with none.
 */
export class Backlog {
  readonly order: SendOrder;
  #open = 0;
  #confirmed = 0;
  #lastSeq = 0;
  /** No report before this number waits. */
  #from = 1;
  /** What was given to be sent: its receipt will ask for it, and need not wait for the disk. */
  readonly #given = new Map<number, SeenRow>();

  constructor(elapsed: () => number, firstResendMs: number | undefined) {
    this.order = new SendOrder(elapsed, firstResendMs);
  }

  /** Takes over what the database says, at the first opening and after each failure of the disk. */
  async begin(store: Reader, { waiting, sent, confirmed, lastSeq }: States): Promise<void> {
    this.#given.clear();
    this.#open = waiting + sent;
    this.#confirmed = confirmed;
    this.#lastSeq = lastSeq;
    const tracked = this.order.tracked();
    for (let at = 0; at < tracked.length; at += CHUNK) {
      const some = tracked.slice(at, at + CHUNK);
      const marks = some.map(() => '?').join(',');
      const rows = await store.read(`SELECT seq FROM reports WHERE state < 2 AND seq IN (${marks})`, some);
      const open = new Set(rows.map(({ seq }) => Number(seq)));
      for (const seq of some) if (!open.has(seq)) this.order.confirmed(seq);
    }
    if (sent > 0) {
      const rows = await store.read(
        `SELECT seq, attempts FROM reports WHERE state = ${STATE.sent} ORDER BY seq`,
      );
      for (const { seq, attempts } of rows) this.order.sentBefore(Number(seq), Number(attempts));
    }
    const [first] =
      waiting > 0 ? await store.read('SELECT seq FROM reports WHERE state = 0 ORDER BY seq LIMIT 1') : [];
    this.#from = Number(first?.['seq'] ?? lastSeq + 1);
  }

  get counts(): OutboxCounts {
    const sent = this.order.sentCount;
    return { waiting: this.#open - sent, sent, confirmed: this.#confirmed, lastSeq: this.#lastSeq };
  }

  appended(seq: number): void {
    this.#open++;
    this.#lastSeq = seq;
    this.order.appended(seq);
  }

  sent(seq: number, attempts: number): void {
    this.order.sent(seq, attempts);
    this.#skipWhenNoneWaits();
  }

  confirmed(seq: number): void {
    this.order.confirmed(seq);
    this.#given.delete(seq);
    this.#open--;
    this.#confirmed++;
    this.#skipWhenNoneWaits();
  }

  forgotten(count: number): void {
    this.#confirmed -= count;
  }

  #skipWhenNoneWaits(): void {
    if (this.#open === this.order.sentCount) this.#from = this.#lastSeq + 1;
  }

  /** Notes of publications, to be written together with the next commit. */
  marks(): Change<void> {
    const marks = this.order.unwritten();
    return { statements: markReports(marks), settled: () => this.order.written(marks) };
  }

  /** A report whose body does not fit its hash is never given: `unsound` tells how many such there may be. */
  async take(
    store: Reader,
    limit: number,
    excluding: ReadonlySet<number>,
    unsound: number,
  ): Promise<OutboxEntry[]> {
    const first = this.order.urgent(excluding).slice(0, limit);
    const rows = await this.#urgentRows(store, first);
    const urgent = new Set(first);
    if (rows.length < limit && this.counts.waiting > 0) {
      const busy = new Set([...excluding, ...urgent, ...this.order.unwritten().map(({ seq }) => seq)]);
      const from = behindAll(busy, this.#from);
      const condition =
        'WHERE state = 0 AND seq >= ? AND seq NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?';
      const oldest = await selectOutgoing(store, condition, [
        from,
        JSON.stringify([...busy].filter((seq) => seq > from)),
        limit - rows.length + unsound,
      ]);
      // What is busy may come back: only behind it nothing waits.
      this.#from = Math.max(this.#from, Math.min(oldest[0]?.seq ?? 0, ...busy));
      rows.push(...oldest.filter((row) => fitsHash(row) && this.#waits(row.seq, excluding, urgent)));
    }
    return rows.slice(0, limit).map((row) => this.#give(row));
  }

  /** Those reports that there are. */
  async see(store: Reader, seqs: readonly number[]): Promise<SeenReports> {
    const seen = new Map<number, SeenRow>();
    const unknown: number[] = [];
    for (const seq of seqs) {
      const given = this.#given.get(seq);
      if (given === undefined) unknown.push(seq);
      else seen.set(seq, given);
    }
    const found = unknown.length === 0 ? [] : await seeReports(store, unknown);
    for (const row of found) seen.set(row.seq, row);
    return seen;
  }

  async #urgentRows(store: Reader, seqs: readonly number[]): Promise<OutgoingRow[]> {
    if (seqs.length === 0) return [];
    const marks = seqs.map(() => '?').join(', ');
    const found = await selectOutgoing(store, `WHERE seq IN (${marks}) AND state < ${STATE.confirmed}`, seqs);
    const bySeq = new Map(found.filter(fitsHash).map((row) => [row.seq, row]));
    return seqs.flatMap((seq) => bySeq.get(seq) ?? []);
  }

  #waits(seq: number, excluding: ReadonlySet<number>, urgent: ReadonlySet<number>): boolean {
    return !excluding.has(seq) && !urgent.has(seq) && this.order.attemptsOf(seq) === undefined;
  }

  #give({ jws = '', ...row }: OutgoingRow): OutboxEntry {
    const { seq, id, hash, attempts } = row;
    this.#given.set(seq, row);
    const [oldest] = this.#given.keys();
    if (this.#given.size > MOST_GIVEN && oldest !== undefined) this.#given.delete(oldest);
    const sent = this.order.attemptsOf(seq);
    return {
      seq,
      id,
      jws,
      hash,
      state: sent === undefined ? 'waiting' : 'sent',
      attempts: sent ?? attempts,
      live: this.order.isLive(seq),
    };
  }
}

/** The first from there that is not busy: what is busy lies together at the front, and no row of it has to be read. */
function behindAll(busy: ReadonlySet<number>, from: number): number {
  let seq = from;
  while (busy.has(seq)) seq++;
  return seq;
}
