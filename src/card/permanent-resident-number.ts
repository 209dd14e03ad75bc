import { isCalendarDate, parseCompactDate } from './calendar.js';
import { checkCharacter } from './identity-number.js';

/** What a permanent resident number says, of either generation. */
export interface PermanentResidentNumber {
  readonly checksumOk: boolean;
  /** 2017: alpha-3 letters; 2023: three digits of ISO 3166-1. */
  readonly country: string;
  /** Two-digit province of the application. */
  readonly province: string;
  /** 2017: `YYMMDD`; 2023: `YYYYMMDD`. */
  readonly birthDigits: string;
  readonly birthValid: boolean;
  /** Only the 2023 number tells. */
  readonly sex?: 'male' | 'female';
}

/** 15 characters: country, place (2+2), birth YYMMDD, sequence, check by the 7-3-1 weights of travel documents. */
export function parse2017Number(number: string): PermanentResidentNumber | undefined {
  if (!/^[A-Z]{3}\d{12}$/.test(number)) return undefined;
  const birthDigits = number.slice(7, 13);
  const tail = `${birthDigits.slice(0, 2)}-${birthDigits.slice(2, 4)}-${birthDigits.slice(4, 6)}`;
  return {
    checksumOk: check731(number.slice(0, 14)) === number[14],
    country: number.slice(0, 3),
    province: number.slice(3, 5),
    birthDigits,
    birthValid: isCalendarDate(`19${tail}`) || isCalendarDate(`20${tail}`),
  };
}

/** 18 digits: 9, province (2), country (3), birth YYYYMMDD, sequence (3, odd for men in the last), MOD 11-2 check. */
export function parse2023Number(number: string): PermanentResidentNumber | undefined {
  if (!/^9\d{16}[\dX]$/.test(number)) return undefined;
  const birthDigits = number.slice(6, 14);
  return {
    checksumOk: checkCharacter(number.slice(0, 17)) === number[17],
    country: number.slice(3, 6),
    province: number.slice(1, 3),
    birthDigits,
    birthValid: parseCompactDate(birthDigits) !== undefined,
    sex: Number(number[16]) % 2 === 1 ? 'male' : 'female',
  };
}

/**
 * The 2017 number of a 2023 card's holder: its place and sequence come from the three characters of the link.
 * Undefined where the parts do not make one.
 */
export function olderNumber(number2023: string, alpha3: string, link: string): string | undefined {
  if (parse2023Number(number2023) === undefined) return undefined;
  const first14 = `${alpha3}${number2023.slice(1, 3)}${link.slice(0, 2)}${number2023.slice(8, 14)}${link.slice(2)}`;
  if (!/^[A-Z]{3}\d{11}$/.test(first14)) return undefined;
  return `${first14}${check731(first14)}`;
}

/** ICAO 9303 check digit; letters count from A = 10. */
export function check731(text: string): string {
  let sum = 0;
  for (const [index, character] of [...text].entries()) {
    sum += Number.parseInt(character, 36) * ([7, 3, 1][index % 3] ?? 0);
  }
  return String(sum % 10);
}
