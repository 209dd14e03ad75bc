/** How fast the backlog may leave: a bucket of permits that fills with time. */
export interface Rate {
  /** Takes a permit if there is one. */
  take(): boolean;
  /** Milliseconds until the next permit; 0 when there is one now. */
  waitMs(): number;
  set(perSecond: number): void;
  readonly perSecond: number;
}

/** Permits saved up while nothing was sent, in seconds of the rate: enough to outlive the grain of timers. */
const SAVED_SECONDS = 0.1;

export function createRate(perSecond: number, elapsed: () => number): Rate {
  let rate = perSecond;
  let permits = 1;
  let filledAt = elapsed();
  const fill = (): void => {
    const now = elapsed();
    permits = Math.min(Math.max(1, rate * SAVED_SECONDS), permits + ((now - filledAt) / 1000) * rate);
    filledAt = now;
  };
  return {
    take() {
      fill();
      if (permits < 1) return false;
      permits -= 1;
      return true;
    },
    waitMs() {
      fill();
      return permits >= 1 ? 0 : Math.ceil(((1 - permits) / rate) * 1000);
    },
    set(perSecondNow) {
      fill();
      rate = perSecondNow;
    },
    get perSecond() {
      return rate;
    },
  };
}
