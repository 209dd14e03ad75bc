import { describe, expect, test } from 'vitest';
import { checkCard } from '#built/card/validity.js';
import { cardFieldsOf } from '#built/simulator/people/card-fields.js';
import { CAST, findPerson } from '#built/simulator/people/cast.js';
import { LOOKS } from '#built/simulator/people/looks.js';

describe('the cast', () => {
  test('has at least twelve people of both sexes and all ages, each with an id, a name and a face of their own', () => {
    expect(CAST.length).toBeGreaterThanOrEqual(12);
    expect(new Set(CAST.map(({ id }) => id)).size).toBe(CAST.length);
    expect(new Set(CAST.map(({ name }) => name)).size).toBe(CAST.length);
    for (const { id, name } of CAST) {
      expect(id).toMatch(/^[a-z]{2,8}$/);
      expect(name).toMatch(/^\p{Script=Han}{2,4}$/u);
    }
    const women = CAST.filter(({ sex }) => sex === 'female').length;
    expect(Math.min(women, CAST.length - women)).toBeGreaterThanOrEqual(5);
    const years = CAST.map(({ birthDate }) => Number(birthDate.slice(0, 4)));
    expect(Math.max(...years) - Math.min(...years)).toBeGreaterThan(40);
    expect(CAST.some(({ looks }) => looks.glasses === 1)).toBe(true);
    expect(CAST.some(({ looks }) => looks.beard > 0.8)).toBe(true);
  });

  test('has looks within the ranges of looks.ts', () => {
    for (const { id, looks } of CAST) {
      expect(Object.keys(looks)).toEqual(Object.keys(LOOKS));
      for (const [name, [low, high]] of Object.entries(LOOKS)) {
        const value = looks[name as keyof typeof LOOKS];
        expect(value >= low && value <= high, `${id}.${name}`).toBe(true);
      }
    }
  });

  test('is found by id; a stranger is named together with those who are there', () => {
    expect(findPerson(CAST[3]?.id ?? '')).toBe(CAST[3]);
    expect(() => findPerson('nobody')).toThrow(/nobody.*lin/);
  });
});

describe('cards of the cast', () => {
  test.each(['2026-11-24', '2028-02-29', '2036-07-01'])('pass every check of a document on %s', (date) => {
    const today = new Date(`${date}T03:00:00Z`);
    for (const person of CAST) {
      const checks = checkCard(cardFieldsOf(person, { today }), date, 'synchronised');
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    }
  });

  test.each(['2026-11-24', '2036-07-01'])('that are expired on %s fail by that and nothing else', (date) => {
    const today = new Date(`${date}T03:00:00Z`);
    for (const person of CAST) {
      const checks = checkCard(cardFieldsOf(person, { expired: true, today }), date, 'synchronised');
      expect(checks.filter(({ ok }) => !ok).map(({ code }) => code)).toEqual(['validity-not-over']);
    }
  });

  test('have a number that never changes and belongs to nobody: its division is a whole province', () => {
    for (const person of CAST) {
      const now = cardFieldsOf(person, { today: new Date('2026-01-01') }).number;
      expect(cardFieldsOf(person, { today: new Date('2040-01-01') }).number).toBe(now);
      expect(now.slice(0, 6)).toMatch(/^\d\d0000$/);
    }
  });

  test('are not all for life', () => {
    const ends = CAST.map((person) => cardFieldsOf(person, { today: new Date('2026-11-24') }).validUntil);
    expect(ends).toContain('long-term');
    expect(ends.filter((end) => end !== 'long-term').length).toBeGreaterThan(4);
  });
});
