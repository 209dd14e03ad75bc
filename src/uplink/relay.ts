import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import { topicOf } from '../contract/topics.js';
import { isCountersignError } from '../domain/errors.js';
import type { Outbox, OutboxEntry } from '../outbox/port.js';
import type { Rate } from './rate.js';
import { createReadyList } from './ready-list.js';
import type { Wire } from './wire.js';

/** Moves reports from the outbox to the wire and keeps at most a window of them without receipt. */
export interface Relay {
  /** A connection is there: what was under way on the last one is sent again, oldest first. */
  up(wire: Wire): void;
  down(): void;
  /**
   * A receipt came whose signature is not checked yet. The places of its reports are lent to others meanwhile, so that
   * the line does not stand still; at most a window of them, whoever sends receipts. The loan ends with `answered`, or
   * when the function that is given back is called.
   */
  lend(claimed: readonly Answered[]): () => void;
  /** A verified receipt came: the places in the window are free, and its reports are not sent while it settles. */
  answered(received: readonly Answered[]): void;
  /** The outbox has noted the receipt, or it did not fit. Where neither comes, the reports rest for a while. */
  settled(received: readonly { readonly seq: number }[]): void;
  close(): void;
}

interface Answered {
  readonly seq: number;
  readonly hash: string;
}

export interface RelayOptions {
  readonly window: number;
  readonly terminal: string;
  readonly receiptWaitMs: number;
}

export interface RelayDeps {
  readonly outbox: Pick<Outbox, 'take' | 'markSent' | 'onAppend'>;
  readonly clock: Clock;
  readonly rate: Rate;
  readonly logger?: Logger | undefined;
}

interface Flight {
  readonly entry: OutboxEntry;
  readonly since: number;
  marked: boolean;
}

/** Places beyond the window that only live reports may take, so that none waits for the backlog. */
const BEYOND_FOR_LIVE = 2;
/** Publications without receipt for so long are noted in the outbox; most receipts come sooner and save the commit. */
const NOTE_AFTER_MS = 2000;
/** After that a report gives its place in the window away; the outbox gives it again when it is due. */
export const RECEIPT_WAIT_MS = 30_000;
const SWEEP_MS = 1000;

export function createRelay(options: RelayOptions, deps: RelayDeps): Relay {
  const { clock, logger } = deps;
  const relay = new WindowedRelay(options, deps);
  const stopping = new AbortController();
  const sweepAlways = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(SWEEP_MS, stopping.signal).catch(() => {});
      if (!stopping.signal.aborted) await relay.sweep();
    }
  };
  sweepAlways().catch((error: unknown) => logger?.error({ err: error }, 'the relay failed'));
  const stopListening = deps.outbox.onAppend(() => relay.look());
  return {
    up: (wire) => relay.up(wire),
    down: () => relay.down(),
    lend: (claimed) => relay.lend(claimed),
    answered: (received) => relay.answered(received),
    settled: (received) => relay.settled(received),
    close() {
      stopping.abort();
      stopListening();
      relay.down();
    },
  };
}

class WindowedRelay {
  readonly #options: RelayOptions;
  readonly #deps: RelayDeps;
  readonly #topic: string;
  readonly #inFlight = new Map<number, Flight>();
  /** Of those under way: their places are lent. */
  readonly #lent = new Set<number>();
  /** Answered and not noted yet in the outbox, since when: not to be sent. */
  readonly #settling = new Map<number, number>();
  readonly #ready = createReadyList();
  #wire: Wire | undefined;
  #fetching: Promise<void> | undefined;
  #alarm: NodeJS.Timeout | undefined;

  constructor(options: RelayOptions, deps: RelayDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#topic = topicOf(options.terminal, 'report');
  }

  up(wire: Wire): void {
    this.#wire = wire;
    const lost = [...this.#inFlight.values()].map(({ entry }) => entry).sort((a, b) => a.seq - b.seq);
    this.#inFlight.clear();
    this.#lent.clear();
    // What finds no room the outbox gives again.
    for (const entry of lost.slice(0, this.#windowOf(wire))) this.#send(wire, entry);
    this.look();
  }

  down(): void {
    this.#wire = undefined;
    this.#ready.clear();
    clearTimeout(this.#alarm);
  }

  lend(claimed: readonly Answered[]): () => void {
    const most = this.#wire === undefined ? 0 : this.#windowOf(this.#wire);
    const lent: number[] = [];
    for (const { seq, hash } of claimed) {
      if (this.#lent.size >= most) break;
      if (this.#lent.has(seq) || this.#inFlight.get(seq)?.entry.hash !== hash) continue;
      this.#lent.add(seq);
      lent.push(seq);
    }
    if (lent.length > 0) this.#pump();
    return () => {
      for (const seq of lent) this.#lent.delete(seq);
    };
  }

  answered(received: readonly Answered[]): void {
    const now = this.#deps.clock.elapsed();
    for (const { seq, hash } of received) {
      const flight = this.#inFlight.get(seq);
      if (flight !== undefined && flight.entry.hash !== hash) continue;
      this.#land(seq);
      this.#ready.remove(seq);
      this.#settling.set(seq, now);
    }
    this.#pump();
  }

  settled(received: readonly { readonly seq: number }[]): void {
    for (const { seq } of received) this.#settling.delete(seq);
  }

  /** Something may have changed in the outbox. */
  look(): void {
    this.#ready.wantMore();
    this.#pump();
  }

  async sweep(): Promise<void> {
    const { clock } = this.#deps;
    if (this.#wire === undefined) return;
    const now = clock.elapsed();
    const isOver = (since: number): boolean => now - since >= this.#options.receiptWaitMs;
    for (const [seq, flight] of [...this.#inFlight]) {
      if (!flight.marked && now - flight.since >= NOTE_AFTER_MS) {
        flight.marked = true;
        await this.#note(seq);
      }
      if (isOver(flight.since)) this.#land(seq);
    }
    for (const [seq, since] of [...this.#settling]) if (isOver(since)) this.#settling.delete(seq);
    this.look();
  }

  async #note(seq: number): Promise<void> {
    try {
      await this.#deps.outbox.markSent(seq);
    } catch (error) {
      this.#deps.logger?.warn({ code: codeOf(error) }, 'the queue cannot be written');
    }
  }

  /** Sends what may go now, and sees to it that there is more. */
  #pump(): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    const window = this.#windowOf(wire);
    for (let next = this.#ready.first; next !== undefined; next = this.#ready.first) {
      if (!this.#isBusy(next.seq)) {
        const taken = this.#inFlight.size - this.#lent.size;
        if (taken >= (next.live ? window + BEYOND_FOR_LIVE : window)) break;
        if (!next.live && !this.#deps.rate.take()) {
          this.#wakeIn(this.#deps.rate.waitMs());
          break;
        }
        this.#send(wire, next);
      }
      this.#ready.remove(next.seq);
    }
    const wanted = this.#ready.wanted(this.#deps.rate.perSecond, window);
    if (wanted === 0) return;
    this.#fetching ??= this.#fetch(wanted).finally(() => {
      this.#fetching = undefined;
      this.#pump();
    });
  }

  /** Never rejects. */
  async #fetch(wanted: number): Promise<void> {
    try {
      this.#ready.asked();
      const excluding = new Set([...this.#inFlight.keys(), ...this.#settling.keys(), ...this.#ready.seqs()]);
      const entries = await this.#deps.outbox.take(wanted, excluding);
      this.#ready.add(
        entries.filter(({ seq }) => !this.#isBusy(seq)),
        entries.length === wanted,
      );
    } catch (error) {
      // The outbox tells its own faults in its check; the next sweep tries again.
      this.#ready.add([], false);
      this.#deps.logger?.warn({ code: codeOf(error) }, 'the queue cannot be read');
    }
  }

  #send(wire: Wire, entry: OutboxEntry): void {
    const { seq, jws } = entry;
    this.#inFlight.set(seq, { entry, since: this.#deps.clock.elapsed(), marked: false });
    wire.publish({ topic: this.#topic, payload: jws, qos: 1 }).catch((error: unknown) => {
      // Whether it arrived is not known. While the link holds, the resend schedule decides; the next link sends it again.
      const code = codeOf(error);
      this.#deps.logger?.[code === 'UPLINK_REFUSED' ? 'warn' : 'debug']({ code, seq }, 'not acknowledged');
    });
  }

  /** No longer under way. */
  #land(seq: number): void {
    this.#inFlight.delete(seq);
    this.#lent.delete(seq);
  }

  #isBusy(seq: number): boolean {
    return this.#inFlight.has(seq) || this.#settling.has(seq);
  }

  #windowOf(wire: Wire): number {
    return Math.max(1, Math.min(this.#options.window, wire.receiveMaximum));
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => this.#pump(), ms).unref();
  }
}

function codeOf(error: unknown): string {
  return isCountersignError(error) ? error.code : 'unknown';
}
