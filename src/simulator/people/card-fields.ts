import { provinceName } from '../../card/codes.js';
import type { CalendarDate, CardFields } from '../../domain/card.js';
import type { Person } from './looks.js';

/** GB 11643-1999: weights of the first 17 digits, and the check character for each remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';
/** From this age on a resident's card is for life (Resident Identity Card Law, article 5). */
const FOR_LIFE = 46;

export interface CardWishes {
  /** A card that ended some weeks ago. */
  readonly expired?: boolean;
  /** The day on which the card is shown; today where absent. */
  readonly today?: Date;
}

/**
 * What stands in a person's resident card. Number and birth date never change; validity is counted from today, so that
 * a card is as valid in ten years as it is now. The division `xx0000` is a whole province and therefore nobody's.
 */
export function cardFieldsOf(
  person: Person,
  { expired = false, today = new Date() }: CardWishes = {},
): CardFields {
  const province = provinceName(person.province) ?? '';
  return {
    kind: 'resident-id',
    name: person.name,
    sex: person.sex,
    ethnicGroup: '01',
    birthDate: person.birthDate,
    address: `${province}示例区演示路${Number(person.birthDate.slice(-2))}号`,
    number: numberOf(person),
    issuer: `${province}示例公安局`,
    ...validity(person, expired, today),
  };
}

function numberOf(person: Person): string {
  const sequence = person.sex === 'male' ? '991' : '992';
  const digits = `${person.province}0000${person.birthDate.replaceAll('-', '')}${sequence}`;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return `${digits}${CHECK_CHARACTERS[sum % 11]}`;
}

/** Ten years up to 25, twenty up to 45, then for life; the term by the age at which the card was given. */
function validity(
  person: Person,
  expired: boolean,
  today: Date,
): { validFrom: CalendarDate; validUntil: CalendarDate | 'long-term' } {
  const born = new Date(`${person.birthDate}T00:00:00Z`);
  const ageOn = (day: Date): number => (day.getTime() - born.getTime()) / (365.25 * 86_400_000);
  if (expired) {
    const end = moved(today, 0, -40);
    const years = ageOn(moved(end, -20, 0)) >= 26 ? 20 : 10;
    return { validFrom: date(moved(end, -years, 0)), validUntil: date(end) };
  }
  const begin = moved(today, -2, -100);
  const years = ageOn(begin) < 26 ? 10 : 20;
  const validUntil = ageOn(begin) >= FOR_LIFE ? 'long-term' : date(moved(begin, years, 0));
  return { validFrom: date(begin), validUntil };
}

function moved(day: Date, years: number, days: number): Date {
  return new Date(Date.UTC(day.getUTCFullYear() + years, day.getUTCMonth(), day.getUTCDate() + days));
}

function date(day: Date): CalendarDate {
  return day.toISOString().slice(0, 10);
}
