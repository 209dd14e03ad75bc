import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import { topicOf } from '../contract/topics.js';
import { isCountersignError } from '../domain/errors.js';
import type { Outbox, OutboxEntry } from '../outbox/port.js';
import type { Rate } from './rate.js';
import type { Wire } from './wire.js';

/** Moves reports from the outbox to the wire and keeps at most a window of them without receipt. */
export interface Relay {
  /** A connection is there: what was under way on the last one is sent again, oldest first. */
  up(wire: Wire): void;
  down(): void;
  /** A receipt for this number was taken. */
  confirmed(seq: number): void;
  /** Something changed: look whether there is something to send. */
  wake(): void;
  close(): void;
}

interface Flight {
  readonly entry: OutboxEntry;
  readonly since: number;
  marked: boolean;
}

/** Room in the window that the backlog may not take, so that a live report never waits for it. */
const KEPT_FOR_LIVE = 2;
/** Publications without receipt for so long are noted in the outbox; most receipts come sooner and save the commit. */
const NOTE_AFTER_MS = 2000;
/** After that a report gives its place in the window away; the outbox gives it again when it is due. */
export const RECEIPT_WAIT_MS = 30_000;
const SWEEP_MS = 1000;

export function createRelay(
  options: { readonly window: number; readonly terminal: string; readonly receiptWaitMs: number },
  deps: {
    readonly outbox: Outbox;
    readonly clock: Clock;
    readonly rate: Rate;
    readonly logger?: Logger | undefined;
  },
): Relay {
  const { outbox, clock, rate, logger } = deps;
  const topic = topicOf(options.terminal, 'report');
  const inFlight = new Map<number, Flight>();
  const stopping = new AbortController();
  let wire: Wire | undefined;
  let filling = false;
  let again = false;
  let alarm: NodeJS.Timeout | undefined;

  const windowOf = (to: Wire): number => Math.max(1, Math.min(options.window, to.receiveMaximum));

  const send = (to: Wire, entry: OutboxEntry): void => {
    const { seq, jws } = entry;
    inFlight.set(seq, { entry, since: clock.elapsed(), marked: false });
    to.publish({ topic, payload: jws, qos: 1 }).catch((error: unknown) => {
      // Whether it arrived is not known. While the link holds, the resend schedule decides; the next link sends it again.
      const code = isCountersignError(error) ? error.code : 'unknown';
      logger?.[code === 'UPLINK_REFUSED' ? 'warn' : 'debug']({ code, seq }, 'not acknowledged');
    });
  };

  /** What was under way when the last link was lost, oldest first; what finds no room the outbox gives again. */
  const sendAgain = (to: Wire): void => {
    const lost = [...inFlight.values()].map(({ entry }) => entry).sort((a, b) => a.seq - b.seq);
    inFlight.clear();
    for (const entry of lost.slice(0, windowOf(to))) send(to, entry);
  };

  /** Sends what may go now; true when another look may find more. */
  const fillOnce = async (to: Wire): Promise<boolean> => {
    const window = windowOf(to);
    const room = window - inFlight.size;
    if (room <= 0) return false;
    const entries = await outbox.take(room, new Set(inFlight.keys()));
    if (wire !== to) return false;
    const roomForBacklog = Math.max(1, window - KEPT_FOR_LIVE);
    for (const entry of entries) {
      if (inFlight.has(entry.seq)) continue;
      if (!entry.live) {
        if (inFlight.size >= roomForBacklog) return false;
        if (!rate.take()) {
          wakeIn(rate.waitMs());
          return false;
        }
      }
      send(to, entry);
    }
    return entries.length === room;
  };

  const fill = async (): Promise<void> => {
    if (filling) {
      again = true;
      return;
    }
    filling = true;
    try {
      do {
        again = false;
        while (wire !== undefined && (await fillOnce(wire)));
      } while (again);
    } catch (error) {
      // The outbox tells its own faults in its check; the next sweep tries again.
      logger?.warn({ code: isCountersignError(error) ? error.code : 'unknown' }, 'the queue cannot be read');
    } finally {
      filling = false;
    }
  };

  const wakeIn = (ms: number): void => {
    clearTimeout(alarm);
    alarm = setTimeout(() => void fill(), ms).unref();
  };

  const sweep = async (): Promise<void> => {
    const now = clock.elapsed();
    for (const [seq, flight] of [...inFlight]) {
      if (!flight.marked && now - flight.since >= NOTE_AFTER_MS) {
        flight.marked = true;
        await outbox.markSent(seq).catch((error: unknown) => {
          logger?.warn(
            { code: isCountersignError(error) ? error.code : 'unknown' },
            'the queue cannot be written',
          );
        });
      }
      if (now - flight.since >= options.receiptWaitMs) inFlight.delete(seq);
    }
    await fill();
  };

  const sweepAlways = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(SWEEP_MS, stopping.signal).catch(() => {});
      if (wire !== undefined && !stopping.signal.aborted) await sweep();
    }
  };
  void sweepAlways();
  const stopListening = outbox.onAppend(() => void fill());

  return {
    up(opened) {
      wire = opened;
      sendAgain(opened);
      void fill();
    },
    down() {
      wire = undefined;
    },
    confirmed(seq) {
      if (inFlight.delete(seq)) void fill();
    },
    wake: () => void fill(),
    close() {
      wire = undefined;
      stopping.abort();
      clearTimeout(alarm);
      stopListening();
    },
  };
}
