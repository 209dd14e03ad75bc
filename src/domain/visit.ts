import type { Challenge, FaceBox, Guidance } from './face.js';
import type { Outcome, Reason } from './outcome.js';
import type { PersonRole, Service } from './service.js';

/** Languages of the page. */
export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Stages of a visit as people see them; the state machine's `at`. */
export const STAGES = [
  'idle',
  'consent',
  'card',
  'face',
  'deciding',
  'asking-carrier',
  'numbers',
  'done',
  'out-of-service',
] as const;
export type Stage = (typeof STAGES)[number];

/** Everything that lights and screen may know of the visit: no name, no number, no image. */
export interface VisitView {
  readonly stage: Stage;
  readonly visitId?: string;
  readonly service?: Service;
  readonly language: Language;
  readonly role?: PersonRole;
  /** Which person of how many, counted from 1. */
  readonly person?: { readonly index: number; readonly of: number };
  readonly guidance?: readonly Guidance[];
  readonly challenge?: Challenge;
  /** What the reader asks for, e.g. `CARD_LIFTED`; a fault code keyed in the page's words. */
  readonly cardHint?: string;
  readonly faceBox?: FaceBox & { readonly imageWidth: number; readonly imageHeight: number };
  /** 0..1 within the stage, where it can be told. */
  readonly progress?: number;
  readonly outcome?: Outcome;
  readonly reasons?: readonly Reason[];
  /** numbers-in-my-name: masked, as the carrier sent them. */
  readonly numbers?: readonly MaskedNumber[];
  readonly disputed?: readonly string[];
  /** Out of service: codes of the faults. */
  readonly faults?: readonly string[];
  /** True while the carrier cannot be reached. */
  readonly offline?: boolean;
}

/** One number as shown on the page: never whole. */
export interface MaskedNumber {
  /** Opaque handle of the carrier; a dispute names it. */
  readonly ref: string;
  /** e.g. `138****0017`. */
  readonly masked: string;
  readonly kind: 'mobile' | 'internet';
  /** `YYYY-MM-DD` or absent. */
  readonly since?: string;
}
