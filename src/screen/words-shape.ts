import type { Challenge, Guidance } from '../domain/face.js';
import type { Outcome, Reason } from '../domain/outcome.js';
import type { PersonRole, Service } from '../domain/service.js';
import type { Language } from '../domain/visit.js';

/** Card codes with words of their own; for any other the page says `again`. */
export type CardHint =
  | 'again'
  | 'CARD_NOT_FOUND'
  | 'CARD_SELECT_FAILED'
  | 'CARD_AUTHENTICATION'
  | 'CARD_READ_FAILED'
  | 'CARD_STILL_THERE'
  | 'CARD_UNSUPPORTED';

/** Parts with words of their own, by the names of their checks; for any other the page says `other`. */
export type FaultPart =
  | 'other'
  | 'reader'
  | 'camera'
  | 'face'
  | 'photo-decoder'
  | 'outbox'
  | 'disk'
  | 'clock'
  | 'identity';

interface Titled {
  readonly title: string;
  readonly note: string;
}

/**
 * Every word of the page in one language. What is keyed by the domain's lists is a `Record` over them, so that a word
 * that is missing does not compile. `{…}` is filled in by the page.
 */
export interface Words {
  readonly languages: Readonly<Record<Language, string>>;
  readonly brand: string;
  readonly services: Readonly<Record<Service, Titled>>;
  readonly roles: Readonly<Record<PersonRole, string>>;
  /** `{role}`, `{index}`, `{of}` */
  readonly person: string;
  readonly idle: Titled & { readonly byHand: string };
  /** `{service}` in the note. */
  readonly consent: Titled & {
    readonly points: readonly (Titled & { readonly icon: 'eye' | 'shield' | 'clock' | 'hand' })[];
    readonly yes: string;
    readonly no: string;
  };
  readonly card: Titled & { readonly reading: string; readonly hints: Readonly<Record<CardHint, string>> };
  readonly face: Titled & {
    readonly starting: string;
    readonly good: string;
    readonly private: string;
    readonly guidance: Readonly<Record<Guidance, string>>;
    readonly challenges: Readonly<Record<Challenge, string>>;
  };
  readonly deciding: Titled;
  readonly askingCarrier: Titled;
  readonly numbers: Titled & {
    readonly none: string;
    readonly kinds: Readonly<Record<'mobile' | 'internet', string>>;
    /** `{date}` */
    readonly since: string;
    readonly dispute: string;
    readonly disputed: string;
    readonly finish: string;
  };
  readonly done: {
    readonly outcomes: Readonly<Record<Outcome, Titled>>;
    readonly reasons: Readonly<Record<Reason, string>>;
    readonly byHandTitle: string;
    readonly byHand: string;
    readonly finish: string;
    readonly closes: string;
  };
  readonly outOfService: Titled & { readonly faults: Readonly<Record<FaultPart, string>> };
  readonly cancel: string;
  readonly wayByHand: string;
  readonly offline: string;
  readonly connectionLost: string;
  /** Beside a code, when a request was refused. */
  readonly refused: string;
  readonly busy: string;
  readonly simulator: {
    readonly title: string;
    readonly person: string;
    readonly card: string;
    readonly nobody: string;
    readonly noCard: string;
    readonly order: string;
  };
}
