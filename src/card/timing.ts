/** The part of the clock that the card room needs; `Clock` of the clock room has it. */
export interface Timing {
  /** Monotonic milliseconds. */
  elapsed(): number;
  /** Rejects as soon as the signal is aborted and leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
