/** How far the wall clock may be trusted. */
export type ClockConfidence = 'synchronised' | 'floor' | 'none';

export interface Instant {
  /** Wall time as ISO 8601 in UTC, millisecond precision. */
  readonly at: string;
  readonly confidence: ClockConfidence;
  /** Milliseconds since the process began, monotonic. */
  readonly elapsedMs: number;
}
