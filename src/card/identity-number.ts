import { parseCompactDate } from './calendar.js';

/** GB 11643-1999 (ISO 7064 MOD 11-2): weights of the first 17 digits, and the character for each remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

/** Check character for the first 17 digits of a citizen number (also of a 2023 permanent resident number). */
export function checkCharacter(first17: string): string | undefined {
  if (!/^\d{17}$/.test(first17)) return undefined;
  let sum = 0;
  for (const [index, weight] of WEIGHTS.entries()) sum += Number(first17[index]) * weight;
  return CHECK_CHARACTERS[sum % 11];
}

/** What an 18-character citizen number says about its holder. */
export interface IdentityNumber {
  readonly checksumOk: boolean;
  /** Six digits of GB/T 2260. */
  readonly division: string;
  /** `YYYY-MM-DD`; undefined where digits 7 to 14 are no date. */
  readonly birthDate: string | undefined;
  readonly sex: 'male' | 'female';
}

/** Takes a citizen number apart; undefined where it has not even the form. The check character is an upper-case X. */
export function parseIdentityNumber(number: string): IdentityNumber | undefined {
  if (!/^\d{17}[\dX]$/.test(number)) return undefined;
  return {
    checksumOk: checkCharacter(number.slice(0, 17)) === number[17],
    division: number.slice(0, 6),
    birthDate: parseCompactDate(number.slice(6, 14)),
    sex: Number(number[16]) % 2 === 1 ? 'male' : 'female',
  };
}
