/**
 * Who or what helps when a fault occurs. Retry policy, lamp, screen and exit code all follow from it.
 *
 * - `retry`: may work at once
 * - `person`: the person at the counter can cure it (come closer, lift the card)
 * - `operator`: the clerk can (way by hand, cable back in)
 * - `technician`: hands and tools are needed
 * - `carrier`: the other end
 * - `developer`: a defect of ours
 */
export type Cure = 'retry' | 'person' | 'operator' | 'technician' | 'carrier' | 'developer';

/** Scalars that are safe to log: never a name, a number, an image or a key. */
export type FaultDetails = Readonly<Record<string, string | number | boolean>>;

/** The one class of every fault that leaves a room. `code` is stable and documented in docs/troubleshooting.md. */
export class CountersignError extends Error {
  override readonly name = 'CountersignError';
  readonly code: string;
  readonly cure: Cure;
  readonly advice: string;
  readonly details: FaultDetails;

  constructor(code: string, entry: FaultEntry, options: { cause?: unknown; details?: FaultDetails } = {}) {
    const { cause, details = {} } = options;
    const about = Object.entries(details)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ');
    super(
      `${entry.says}${about === '' ? '' : ` [${about}]`}. ${entry.advice} (${code})`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.cure = entry.cure;
    this.advice = entry.advice;
    this.details = details;
  }
}

/** One line of a room's fault table. `says` has no full stop; `advice` is a sentence that says what to do. */
export interface FaultEntry {
  readonly says: string;
  readonly advice: string;
  readonly cure: Cure;
}

/** Makes a fault of one room; `key` is checked against the room's table by the compiler. */
export interface FaultMaker<Key extends string> {
  (key: Key, options?: { cause?: unknown; details?: FaultDetails }): CountersignError;
  /** Code → entry: what docs/troubleshooting.md is written from. */
  readonly codes: Readonly<Record<string, FaultEntry>>;
}

/**
 * Turns a room's fault table into a maker: `faults('CARD', {CHECKSUM: …})('CHECKSUM')` has the code
 * `CARD_CHECKSUM`.
 */
export function faults<Key extends string>(
  prefix: string,
  table: Readonly<Record<Key, FaultEntry>>,
): FaultMaker<Key> {
  const codes = Object.fromEntries(
    Object.entries<FaultEntry>(table).map(([key, entry]) => [`${prefix}_${key}`, entry]),
  );
  const make = (key: Key, options?: { cause?: unknown; details?: FaultDetails }): CountersignError =>
    new CountersignError(`${prefix}_${key}`, table[key], options);
  return Object.assign(make, { codes });
}

export function isCountersignError(error: unknown): error is CountersignError {
  return error instanceof CountersignError;
}

/** A cancellation is neither an outcome nor a fault: it is passed through and never logged as one. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** True where doing the same again may work without anybody's help. */
export function isTransient(error: unknown): boolean {
  return isCountersignError(error) && error.cure === 'retry';
}
