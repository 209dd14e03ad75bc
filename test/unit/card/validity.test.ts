import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCharacter } from '#built/card/identity-number.js';
import { checkCard } from '#built/card/port.js';
import type { CardCheck, CardFields } from '#built/domain/card.js';
import type { ClockConfidence } from '#built/domain/clock.js';
import { FOREIGN_2017, FOREIGN_2023, PERMIT, RESIDENT, SPECIMENS } from './specimens.js';

const TODAY = '2021-06-01';

function failed(fields: CardFields, today = TODAY, confidence: ClockConfidence = 'synchronised'): string[] {
  return checkCard(fields, today, confidence)
    .filter(({ ok }) => !ok)
    .map(({ code }) => code);
}

function weight(checks: CardCheck[], code: CardCheck['code']): string | undefined {
  return checks.find((check) => check.code === code)?.severity;
}

describe('a card as a document', () => {
  test.each([
    [RESIDENT, '2021-06-01'],
    [PERMIT, '2021-06-01'],
    [FOREIGN_2017, '2021-06-01'],
    [FOREIGN_2023, '2024-06-01'],
  ])('the specimen passes every check while it is valid', (fields, today) => {
    expect(failed(fields, today)).toEqual([]);
  });

  test.each<[string, Partial<CardFields>, string[]]>([
    ['a wrong check character', { number: '110105194912310021' }, ['number-checksum']],
    [
      'a number of another form',
      { number: '1101054912310' },
      ['number-checksum', 'number-region', 'number-date', 'number-birth-date'],
    ],
    ['another birth date', { birthDate: '1950-01-01' }, ['number-birth-date']],
    ['the other sex', { sex: 'male' }, ['number-sex']],
    ['no name', { name: '' }, ['name-present']],
    ['an end before its beginning', { validUntil: '2019-12-31' }, ['validity-order', 'validity-not-over']],
    ['an end long ago', { validUntil: '2021-05-31' }, ['validity-not-over']],
    ['a beginning in two days', { validFrom: '2021-06-03' }, ['validity-begun']],
  ])('%s has its own reason', (_name, change, codes) => {
    expect(failed({ ...RESIDENT, ...change })).toEqual(codes);
  });

  test('the last day still counts, and so does a beginning tomorrow', () => {
    expect(failed({ ...RESIDENT, validUntil: TODAY })).toEqual([]);
    expect(failed({ ...RESIDENT, validFrom: '2021-06-02' })).toEqual([]);
  });

  test('a province that was never given is noticed, whatever the check character', () => {
    const number = withCheck('99010519491231002');
    expect(failed({ ...RESIDENT, number })).toEqual(['number-region']);
  });

  test('a residence permit has a number of its own three regions only', () => {
    const number = withCheck('11000019940823002');
    expect(failed({ ...PERMIT, number })).toEqual(['number-region']);
    expect(failed({ ...RESIDENT, birthDate: '1992-01-30', number: '830000199201300022' })).toEqual([
      'number-region',
    ]);
  });

  test('a date inside the number that is none is noticed', () => {
    const number = withCheck('11010519490230002');
    expect(failed({ ...RESIDENT, number })).toEqual(['number-date', 'number-birth-date']);
  });

  test('the country in a permanent resident number must be that of the card', () => {
    expect(failed({ ...FOREIGN_2017, nationality: 'USA' })).toEqual(['number-region']);
    expect(failed({ ...FOREIGN_2023, nationality: 'USA' }, '2024-06-01')).toEqual(['number-region']);
  });

  test('a stateless holder, whose letters no table knows, is not refused for it', () => {
    expect(failed({ ...FOREIGN_2023, nationality: 'XXA' }, '2024-06-01')).toEqual([]);
  });

  test('a 2017 number does not tell the sex, so nothing is said about it', () => {
    const codes = checkCard(FOREIGN_2017, TODAY, 'synchronised').map(({ code }) => code);
    expect(codes).not.toContain('number-sex');
  });

  test('a card that states no sex cannot disagree with its number', () => {
    expect(failed({ ...RESIDENT, sex: 'not-stated' })).toEqual([]);
  });

  test('birth and sex that disagree only warn: a few genuine old cards do', () => {
    const checks = checkCard({ ...RESIDENT, sex: 'male', birthDate: '1950-01-01' }, TODAY, 'synchronised');
    expect(weight(checks, 'number-birth-date')).toBe('warning');
    expect(weight(checks, 'number-sex')).toBe('warning');
    expect(weight(checks, 'number-checksum')).toBe('error');
  });

  test('with a clock that only knows a floor, over is over, and not begun is only a warning', () => {
    const over = checkCard({ ...RESIDENT, validUntil: '2021-05-31' }, TODAY, 'floor');
    expect(weight(over, 'validity-not-over')).toBe('error');
    expect(weight(over, 'validity-begun')).toBe('warning');
    expect(over.find(({ code }) => code === 'clock-known')?.ok).toBe(false);
  });

  test('without any clock nothing about time refuses a card', () => {
    const checks = checkCard({ ...RESIDENT, validUntil: '2021-05-31' }, TODAY, 'none');
    expect(checks.filter(({ ok, severity }) => !ok && severity === 'error')).toEqual([]);
  });

  test('a card is over for ever once it is over, and never before', () => {
    const day = fc
      .date({ min: new Date('1990-01-01'), max: new Date('2080-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.constantFrom(...SPECIMENS), day, day, (fields, validUntil, today) => {
        const over = failed({ ...fields, validUntil }, today).includes('validity-not-over');
        expect(over).toBe(Date.parse(today) > Date.parse(validUntil));
      }),
    );
  });

  test('whatever stands in the fields, there is an answer and no exception', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    fc.assert(
      fc.property(
        fc.constantFrom(...SPECIMENS),
        text,
        text,
        text,
        text,
        (fields, number, birthDate, from, until) => {
          const checks = checkCard(
            { ...fields, number, birthDate, validFrom: from, validUntil: until },
            TODAY,
            'floor',
          );
          expect(checks.length).toBeGreaterThanOrEqual(9);
        },
      ),
    );
  });
});

function withCheck(first17: string): string {
  return `${first17}${checkCharacter(first17)}`;
}
