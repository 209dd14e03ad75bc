const LIVE_MS = 60_000;
/** More reports than a counter can make in that time; bounds the work of one look. */
const MOST_LIVE = 200;
const FIRST_RESEND_MS = 30_000;
const MOST_RESEND_MS = 15 * 60_000;

/**
 * Which reports go before the backlog. Live are those that this process appended within the last minute: a person may
 * still stand at the counter. Behind them come those sent without a receipt whose time has come again.
 *
 * That a report was sent is kept here and written to the disk together with the next commit: a crash only means that it
 * is sent once more, and a sync per publication would wear the card for nothing.
 */
export class SendOrder {
  readonly #elapsed: () => number;
  readonly #firstResendMs: number;
  readonly #liveSince = new Map<number, number>();
  readonly #sent = new Map<number, { attempts: number; dueAt: number }>();
  readonly #unwritten = new Set<number>();

  constructor(elapsed: () => number, firstResendMs = FIRST_RESEND_MS) {
    this.#elapsed = elapsed;
    this.#firstResendMs = firstResendMs;
  }

  appended(seq: number): void {
    this.#liveSince.set(seq, this.#elapsed());
    const [oldest] = this.#liveSince.keys();
    if (this.#liveSince.size > MOST_LIVE && oldest !== undefined) this.#liveSince.delete(oldest);
  }

  /** Sent by an earlier process: due at once. */
  sentBefore(seq: number, attempts: number): void {
    if (!this.#sent.has(seq)) this.#sent.set(seq, { attempts, dueAt: 0 });
  }

  /** Waits twice as long after each attempt, up to 15 minutes. */
  sent(seq: number, attempts: number): void {
    const most = Math.max(MOST_RESEND_MS, this.#firstResendMs);
    const wait = Math.min(this.#firstResendMs * 2 ** Math.max(0, attempts - 1), most);
    this.#sent.set(seq, { attempts, dueAt: this.#elapsed() + wait });
    this.#unwritten.add(seq);
  }

  confirmed(seq: number): void {
    this.#liveSince.delete(seq);
    this.#sent.delete(seq);
    this.#unwritten.delete(seq);
  }

  /** How often it was sent; undefined when never. */
  attemptsOf(seq: number): number | undefined {
    return this.#sent.get(seq)?.attempts;
  }

  get sentCount(): number {
    return this.#sent.size;
  }

  /** Sent, and the disk does not know yet. */
  unwritten(): { seq: number; attempts: number }[] {
    return [...this.#unwritten].map((seq) => ({ seq, attempts: this.#sent.get(seq)?.attempts ?? 1 }));
  }

  /** The disk knows of these; one that was sent again meanwhile stays to be written. */
  written(marks: readonly { seq: number; attempts: number }[]): void {
    for (const { seq, attempts } of marks) {
      if (this.#sent.get(seq)?.attempts === attempts) this.#unwritten.delete(seq);
    }
  }

  /** Every report that anything is kept of here. */
  tracked(): number[] {
    return [...new Set([...this.#liveSince.keys(), ...this.#sent.keys()])];
  }

  get unwrittenCount(): number {
    return this.#unwritten.size;
  }

  isLive(seq: number): boolean {
    const since = this.#liveSince.get(seq);
    if (since === undefined) return false;
    if (this.#elapsed() - since < LIVE_MS) return true;
    this.#liveSince.delete(seq);
    return false;
  }

  /** Live ones first, then those due again, each oldest first. */
  urgent(excluding: ReadonlySet<number>): number[] {
    const now = this.#elapsed();
    const live = [...this.#liveSince.keys()].filter(
      (seq) => !this.#sent.has(seq) && !excluding.has(seq) && this.isLive(seq),
    );
    const due: number[] = [];
    for (const [seq, { dueAt }] of this.#sent) if (dueAt <= now && !excluding.has(seq)) due.push(seq);
    return [...live.sort((a, b) => a - b), ...due.sort((a, b) => a - b)];
  }
}
