import { describe, expect, test } from 'vitest';
import {
  countryNumeric,
  ethnicGroupName,
  isPermitPrefix,
  isProvincePrefix,
  provinceName,
} from '#built/card/codes.js';
import { maskFields, maskName, maskNumber } from '#built/card/mask.js';
import { SPECIMENS } from './specimens.js';

describe('masking', () => {
  test('of a name the first character stays, of a number the first six and last two', () => {
    expect(maskName('证件样本')).toBe('证***');
    expect(maskName('\u{20bb7}样')).toBe('\u{20bb7}*');
    expect(maskName('')).toBe('');
    expect(maskNumber('11010519491231002X')).toBe('110105**********2X');
    expect(maskNumber('H12345678')).toBe('H12345*78');
    expect(maskNumber('12345678')).toBe('********');
  });

  test.each(SPECIMENS.map((fields) => [fields.kind, fields] as const))(
    'nothing personal of a %s is left in its masked form',
    (_kind, fields) => {
      const text = JSON.stringify(maskFields(fields));
      for (const secret of [
        fields.name,
        fields.number,
        fields.address,
        fields.birthDate,
        fields.nameLatin,
        fields.permitNumber,
      ]) {
        if (secret !== undefined) expect(text).not.toContain(secret);
      }
    },
  );
});

describe('codes', () => {
  test('there are 56 ethnic groups and two further codes; an unknown one is shown as it is', () => {
    const names = Array.from({ length: 56 }, (_, index) =>
      ethnicGroupName(String(index + 1).padStart(2, '0')),
    );
    expect(new Set(names).size).toBe(56);
    expect(names[0]).toBe('汉');
    expect(names[34]).toBe('撒拉');
    expect(names[55]).toBe('基诺');
    expect(ethnicGroupName('97')).toBe('其他');
    expect(ethnicGroupName('57')).toBe('57');
  });

  test('countries are known by letters and number', () => {
    expect(countryNumeric('CAN')).toBe('124');
    expect(countryNumeric('SAU')).toBe('682');
    expect(countryNumeric('TLS')).toBe('626');
    expect(countryNumeric('XXX')).toBeUndefined();
    expect(countryNumeric('toString')).toBeUndefined();
  });

  test('every country has letters and a number of its own', () => {
    const known = [];
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    for (const a of letters)
      for (const b of letters)
        for (const c of letters) if (countryNumeric(a + b + c) !== undefined) known.push(a + b + c);
    expect(known).toHaveLength(249);
    expect(new Set(known.map((each) => countryNumeric(each))).size).toBe(249);
  });

  test('prefixes of divisions', () => {
    expect(provinceName('11')).toBe('北京');
    expect(isProvincePrefix('99')).toBe(false);
    expect(isProvincePrefix('83')).toBe(false);
    expect(isPermitPrefix('83')).toBe(true);
    expect(isPermitPrefix('11')).toBe(false);
  });
});
