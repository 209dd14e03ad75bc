const LIVE_MS = 60_000;
const FIRST_RESEND_MS = 30_000;
const MOST_RESEND_MS = 15 * 60_000;

/** Which reports go before the backlog: those just decided, and those sent without a receipt whose time has come. */
export interface SendOrder {
  appended(seq: number): void;
  /** Sent by an earlier process: due at once. */
  sentBefore(seq: number): void;
  sent(seq: number, attempts: number): void;
  confirmed(seq: number): void;
  isLive(seq: number): boolean;
  /** Live ones first, then those due again, each oldest first. */
  urgent(excluding: ReadonlySet<number>): number[];
}

export function createSendOrder(elapsed: () => number, firstResendMs = FIRST_RESEND_MS): SendOrder {
  const liveSince = new Map<number, number>();
  /** seq of every sent report → when it is due again, on the monotonic clock. */
  const dueAt = new Map<number, number>();
  const isLive = (seq: number): boolean => {
    const since = liveSince.get(seq);
    if (since === undefined) return false;
    if (elapsed() - since < LIVE_MS) return true;
    liveSince.delete(seq);
    return false;
  };
  return {
    appended: (seq) => void liveSince.set(seq, elapsed()),
    sentBefore: (seq) => void dueAt.set(seq, 0),
    sent(seq, attempts) {
      const wait = Math.min(
        firstResendMs * 2 ** Math.max(0, attempts - 1),
        Math.max(MOST_RESEND_MS, firstResendMs),
      );
      dueAt.set(seq, elapsed() + wait);
    },
    confirmed(seq) {
      liveSince.delete(seq);
      dueAt.delete(seq);
    },
    isLive,
    urgent(excluding) {
      const now = elapsed();
      const live = [...liveSince.keys()].filter(
        (seq) => !dueAt.has(seq) && !excluding.has(seq) && isLive(seq),
      );
      const due = [...dueAt].filter(([seq, at]) => at <= now && !excluding.has(seq)).map(([seq]) => seq);
      return [...live.sort((a, b) => a - b), ...due.sort((a, b) => a - b)];
    },
  };
}
