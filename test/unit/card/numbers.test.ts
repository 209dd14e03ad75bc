import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCharacter, parseIdentityNumber } from '#built/card/identity-number.js';
import {
  check731,
  olderNumber,
  parse2017Number,
  parse2023Number,
} from '#built/card/permanent-resident-number.js';

const first17 = fc.stringMatching(/^\d{17}$/);

describe('citizen numbers', () => {
  test.each([
    '11010519491231002X',
    '440524188001010014',
    '810000199408230021',
    '830000199201300022',
    '820000200009100032',
  ])('the specimen %s has a right check character', (number) => {
    expect(parseIdentityNumber(number)?.checksumOk).toBe(true);
  });

  test('the specimen tells division, birth and sex', () => {
    expect(parseIdentityNumber('11010519491231002X')).toEqual({
      checksumOk: true,
      division: '110105',
      birthDate: '1949-12-31',
      sex: 'female',
    });
    expect(parseIdentityNumber('440524188001010014')?.sex).toBe('male');
  });

  test('the specimen with another check character is wrong', () => {
    expect(parseIdentityNumber('110105194912310021')?.checksumOk).toBe(false);
  });

  test('a date that is none is no date', () => {
    expect(parseIdentityNumber('110105194902300021')?.birthDate).toBeUndefined();
  });

  test.each(['11010519491231002x', '1101051949123100', '1101051949123100200', 'A1010519491231002X', ''])(
    '"%s" has not even the form',
    (number) => {
      expect(parseIdentityNumber(number)).toBeUndefined();
    },
  );

  test('every single wrong digit and every swap of two neighbours is noticed', () => {
    fc.assert(
      fc.property(first17, fc.nat(16), fc.integer({ min: 1, max: 9 }), (digits, place, step) => {
        const right = checkCharacter(digits);
        const changed = [...digits];
        changed[place] = String((Number(digits[place]) + step) % 10);
        expect(checkCharacter(changed.join(''))).not.toBe(right);
        const swapped = [...digits];
        const next = (place + 1) % 17;
        if (place < 16 && digits[place] !== digits[next]) {
          [swapped[place], swapped[next]] = [swapped[next] ?? '', swapped[place] ?? ''];
          expect(checkCharacter(swapped.join(''))).not.toBe(right);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('permanent resident numbers', () => {
  test('the 2017 specimen is right, and any other check digit is not', () => {
    expect(parse2017Number('CAN110081080310')).toEqual({
      checksumOk: true,
      country: 'CAN',
      province: '11',
      birthDigits: '810803',
      birthValid: true,
    });
    expect(parse2017Number('CAN110081080311')?.checksumOk).toBe(false);
    expect(parse2017Number('CAN11008108031')).toBeUndefined();
  });

  test.each([
    ['911124198108030024', '124', '11', 'female'],
    ['932682198501010017', '682', '32', 'male'],
  ])('the 2023 specimen %s is right', (number, country, province, sex) => {
    expect(parse2023Number(number)).toMatchObject({
      checksumOk: true,
      country,
      province,
      sex,
      birthValid: true,
    });
  });

  test('the older number follows from the newer one, the country and the link', () => {
    expect(olderNumber('911124198108030024', 'CAN', '001')).toBe('CAN110081080310');
    expect(olderNumber('911124198108030024', 'CAN', '0')).toBeUndefined();
    expect(olderNumber('11010519491231002X', 'CAN', '001')).toBeUndefined();
  });

  test('the 7-3-1 digit is that of the travel document standard', () => {
    expect(check731('L898902C<'.replaceAll('<', '0'))).toBe('3');
    expect(check731('690806')).toBe('1');
    expect(check731('940623')).toBe('6');
  });
});
