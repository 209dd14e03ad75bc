import type { Check } from '../domain/check.js';
import type { VisitView } from '../domain/visit.js';

/** What the lamps say; one at a time. */
export const LAMP_PATTERNS = [
  'off',
  'ready',
  'waiting-for-person',
  'working',
  'verified',
  'refused',
  'attention',
  'out-of-service',
  'offline',
] as const;
export type LampPattern = (typeof LAMP_PATTERNS)[number];

/**
 * Status LEDs. `show` returns at once and never throws: a lamp that fails is told by `check` and the service goes
 * on. `close` leaves every line off, and is idempotent.
 */
export interface Lights {
  show(pattern: LampPattern): void;
  /** Where one is wired. */
  readonly faceLight?: FaceLight;
  check(): Promise<Check>;
  close(): Promise<void>;
}

/**
 * A light beside the camera that shines on whoever stands before it. Dark unless a visit switches it.
 *
 * - `set` never rejects: it resolves to whether the light does now what it was told. A light that failed is told by
 *   `check`, like a lamp.
 */
export interface FaceLight {
  set(lit: boolean): Promise<boolean>;
}

/** Chooses the pattern for what a visit shows. Pure. */
export type PatternOf = (view: VisitView) => LampPattern;
