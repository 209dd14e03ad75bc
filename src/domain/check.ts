/** Result of a part's own examination, for `doctor`, `health` and the watchdog. */
export interface Check {
  /** e.g. `reader`, `camera`, `outbox`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, in one line, without personal data. */
  readonly detail: string;
  /** What to do about it; present when not ok. */
  readonly advice?: string;
  /** Would starting the service again cure it? Only such checks gate the watchdog. */
  readonly curedByRestart?: boolean;
}
