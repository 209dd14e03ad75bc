import type { CalendarDate, CardCheck, CardFields } from '../domain/card.js';
import type { ClockConfidence } from '../domain/clock.js';
import { isCalendarDate, nextDay } from './calendar.js';
import { countryNumeric, isPermitPrefix, isProvincePrefix } from './codes.js';
import { parseIdentityNumber } from './identity-number.js';
import {
  type PermanentResidentNumber,
  parse2017Number,
  parse2023Number,
} from './permanent-resident-number.js';

type Code = CardCheck['code'];

/** What a number says in comparison with the fields; undefined where this kind of number does not tell. */
interface NumberFindings {
  readonly checksum: boolean;
  readonly region: boolean;
  readonly date: boolean;
  readonly birthDate: boolean;
  readonly sex: boolean | undefined;
}

const NOTHING_RIGHT: NumberFindings = {
  checksum: false,
  region: false,
  date: false,
  birthDate: false,
  sex: undefined,
};

/**
 * Checks a card as a document: its number, the number against its fields, and its validity against the clock.
 *
 * The module inside the reader has already proved that the card is genuine; these are checks of consistency. Birth
 * date and sex that disagree with the number occur on a few genuine old cards, hence only a warning.
 *
 * `today` is China's date; how far a failure weighs depends on `confidence`. `floor` means that it is at least
 * that day: a card that is over is over, one that has not begun may have begun meanwhile.
 */
export function checkCard(fields: CardFields, today: CalendarDate, confidence: ClockConfidence): CardCheck[] {
  const number = examineNumber(fields);
  const clockError = confidence === 'synchronised' ? 'error' : 'warning';
  const checks: CardCheck[] = [
    check('name-present', fields.name.trim() !== '', 'error'),
    check('number-checksum', number.checksum, 'error'),
    check('number-region', number.region, 'error'),
    check('number-date', number.date, 'error'),
    check('number-birth-date', number.birthDate, 'warning'),
  ];
  if (number.sex !== undefined) checks.push(check('number-sex', number.sex, 'warning'));
  checks.push(
    check('validity-order', ordered(fields), 'error'),
    // One day of clock error is allowed at the beginning, none at the end.
    check('validity-begun', fields.validFrom <= nextDay(today), clockError),
    check('validity-not-over', notOver(fields, today), confidence === 'none' ? 'warning' : 'error'),
    check('clock-known', confidence === 'synchronised', 'warning'),
  );
  return checks;
}

function check(code: Code, ok: boolean, severity: CardCheck['severity']): CardCheck {
  return { code, ok, severity };
}

/** The last day of validity still counts. */
function notOver({ validUntil }: CardFields, today: CalendarDate): boolean {
  return validUntil === 'long-term' || validUntil >= today;
}

function ordered({ validFrom, validUntil }: CardFields): boolean {
  if (!isCalendarDate(validFrom)) return false;
  return validUntil === 'long-term' || (isCalendarDate(validUntil) && validFrom < validUntil);
}

function examineNumber(fields: CardFields): NumberFindings {
  switch (fields.kind) {
    case 'resident-id':
      return examineCitizen(fields, (prefix) => isProvincePrefix(prefix));
    case 'hk-mo-tw-residence-permit':
      return examineCitizen(fields, (prefix) => isPermitPrefix(prefix));
    case 'foreign-permanent-resident-2017': {
      const number = parse2017Number(fields.number);
      return examineForeign(fields, number, number?.country === fields.nationality);
    }
    case 'foreign-permanent-resident-2023': {
      const number = parse2023Number(fields.number);
      // Stateless people and new countries have letters that no table of ours knows: nothing to compare then.
      const expected = countryNumeric(fields.nationality ?? '');
      return examineForeign(fields, number, expected === undefined || number?.country === expected);
    }
  }
}

function examineCitizen(fields: CardFields, knownPrefix: (prefix: string) => boolean): NumberFindings {
  const number = parseIdentityNumber(fields.number);
  if (number === undefined) return NOTHING_RIGHT;
  return {
    checksum: number.checksumOk,
    region: knownPrefix(number.division.slice(0, 2)),
    date: number.birthDate !== undefined,
    birthDate: number.birthDate === fields.birthDate,
    sex: agrees(number.sex, fields),
  };
}

function examineForeign(
  fields: CardFields,
  number: PermanentResidentNumber | undefined,
  countryAgrees: boolean,
): NumberFindings {
  if (number === undefined) return NOTHING_RIGHT;
  return {
    checksum: number.checksumOk,
    region: countryAgrees && isProvincePrefix(number.province),
    date: number.birthValid,
    birthDate: fields.birthDate.replaceAll('-', '').endsWith(number.birthDigits),
    sex: number.sex === undefined ? undefined : agrees(number.sex, fields),
  };
}

/** A card that states no sex cannot disagree. */
function agrees(sex: 'male' | 'female', fields: CardFields): boolean {
  return fields.sex === sex || (fields.sex !== 'male' && fields.sex !== 'female');
}
