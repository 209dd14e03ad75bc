export const CARD_KINDS = [
  'resident-id',
  'hk-mo-tw-residence-permit',
  'foreign-permanent-resident-2017',
  'foreign-permanent-resident-2023',
] as const;

export type CardKind = (typeof CARD_KINDS)[number];

/** GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated. */
export type Sex = 'male' | 'female' | 'unknown' | 'not-stated';

/** A calendar date as `YYYY-MM-DD`, in China's time zone. */
export type CalendarDate = string;

/** Fields of a card as printed in it; absent where the kind has none. */
export interface CardFields {
  readonly kind: CardKind;
  readonly name: string;
  readonly nameLatin?: string;
  readonly sex: Sex;
  /** GB/T 3304 two-digit code, parsed but not reported. */
  readonly ethnicGroup?: string;
  /** ISO 3166 alpha-3. */
  readonly nationality?: string;
  readonly birthDate: CalendarDate;
  readonly address?: string;
  /** 18 characters (GB 11643), or 15 on the 2017 permanent resident card. */
  readonly number: string;
  readonly issuer?: string;
  readonly validFrom: CalendarDate;
  readonly validUntil: CalendarDate | 'long-term';
  /** HK/Macau/Taiwan travel permit number. */
  readonly permitNumber?: string;
  /** How many times the permit was issued, or the 2023 card renewed. */
  readonly issueCount?: number;
  /** Three characters that link a 2023 card to its holder's older number. */
  readonly oldNumberLink?: string;
  readonly cardVersion?: string;
}

/** One check of a card as a document. `severity` error means that the card is refused. */
export interface CardCheck {
  readonly code:
    | 'number-checksum'
    | 'number-region'
    | 'number-date'
    | 'number-birth-date'
    | 'number-sex'
    | 'validity-begun'
    | 'validity-not-over'
    | 'validity-order'
    | 'name-present'
    | 'clock-known';
  readonly ok: boolean;
  readonly severity: 'error' | 'warning';
}

/** The photo as the reader hands it over: WLT from the card's chip, or already a picture. */
export interface CardPhoto {
  readonly kind: 'wlt' | 'jpeg' | 'bmp' | 'jp2';
  readonly bytes: Uint8Array;
}

/** What was read in one placement of a card. The bytes are wiped when the visit ends. */
export interface CardRead {
  readonly fields: CardFields;
  readonly photo: CardPhoto | undefined;
  readonly samId: string;
}
