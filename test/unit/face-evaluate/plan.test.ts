import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvaluationList, Sample } from '#built/face/evaluate/list.js';
import { type CardSide, type EvaluationPlan, planEvaluation } from '#built/face/evaluate/plan.js';
import { sampler, shareOut } from '#built/face/evaluate/sampling.js';

interface Person {
  readonly group: number;
  readonly pictures: number;
}

const people = fc.array(
  fc.record({ group: fc.integer({ min: 0, max: 2 }), pictures: fc.integer({ min: 1, max: 4 }) }),
  { minLength: 1, maxLength: 8 },
);

function listOf(of: readonly Person[], role?: (index: number) => Sample['role']): EvaluationList {
  const samples = of.flatMap(({ group, pictures }, identity) =>
    Array.from({ length: pictures }, () => ({ group, identity })),
  );
  return {
    groups: ['a', 'b', 'c'],
    remarks: [],
    samples: samples.map((each, i): Sample => {
      const is = role?.(i);
      return { ...each, file: `${i}`, path: `/${i}`, ...(is === undefined ? {} : { role: is }) };
    }),
  };
}

const inOrder = (words: string[]): string[] => words.sort((a, b) => (a < b ? -1 : 1));

function pairsOf(plan: EvaluationPlan): string[] {
  const found: string[] = [];
  for (const unit of plan.units) {
    const own = new Set(unit.templates());
    unit.walk((probe, reference, genuine, group) => {
      expect(own.has(probe) && own.has(reference)).toBe(true);
      const name = (template: number) =>
        `${plan.templates[template]?.sample}${plan.templates[template]?.kind === 'photo' ? '' : 'c'}`;
      found.push(`${name(probe)} ${name(reference)} ${genuine ? '=' : '#'} ${group}`);
    });
  }
  return inOrder(found);
}

/** The same, thought out again the long way. */
function expected({ samples }: EvaluationList, card: CardSide): string[] {
  const found: string[] = [];
  for (const [i, a] of samples.entries()) {
    for (const [j, b] of samples.entries()) {
      if (i === j || a.group !== b.group || (card === 'none' && j < i)) continue;
      const sign = a.identity === b.identity ? '=' : '#';
      found.push(
        `${i}${card === 'probe' ? 'c' : ''} ${j}${card === 'reference' ? 'c' : ''} ${sign} ${a.group}`,
      );
    }
  }
  return inOrder(found);
}

const options = { mostPairs: 1e6, seed: 1 };

describe('pairs made of files', () => {
  it.each(['none', 'probe', 'reference'] as const)(
    'are all within a group, card photos of side: %s',
    (card) => {
      fc.assert(
        fc.property(people, (of) => {
          const list = listOf(of);
          expect(pairsOf(planEvaluation(list, { ...options, card }))).toEqual(expected(list, card));
        }),
      );
    },
  );

  it('each live picture against each card, where the list has cards', () => {
    const list = listOf(
      [
        { group: 0, pictures: 3 },
        { group: 0, pictures: 2 },
      ],
      (i) => (i % 2 === 0 ? 'live' : 'card'),
    );
    const plan = planEvaluation(list, { ...options, card: 'none' });
    expect(plan.templates.map(({ kind }) => kind).sort()).toEqual([
      'card',
      'card',
      'photo',
      'photo',
      'photo',
    ]);
    expect(pairsOf(plan)).toEqual(['0 1c = 0', '0 3c # 0', '2 1c = 0', '2 3c # 0', '4 1c # 0', '4 3c = 0']);
    expect(() => planEvaluation(list, { ...options, card: 'reference' })).toThrow(/leave out --card/);
  });

  it('beyond the bound are sampled: the same ones each time, about as many as asked, and it is said', () => {
    const list = listOf(Array.from({ length: 60 }, () => ({ group: 0, pictures: 3 })));
    const plan = planEvaluation(list, { card: 'none', mostPairs: 4000, seed: 5 });
    const pairs = pairsOf(plan);
    expect(pairsOf(plan)).toEqual(pairs);
    const impostors = pairs.filter((pair) => pair.includes('#')).length;
    expect(Math.abs(impostors - 4000)).toBeLessThan(300);
    expect(pairs.length - impostors).toBe(60 * 3);
    expect(plan.sampled).toEqual([
      { group: 'a', impostor: expect.closeTo(4000 / 15_930, 3) as number, genuine: 1 },
    ]);
    const other = planEvaluation(list, { card: 'none', mostPairs: 4000, seed: 6 });
    expect(pairsOf(other)).not.toEqual(pairs);
  });
});

describe('pairs of a list', () => {
  it('come as they stand, in units that together are the list; each picture has one template a kind', () => {
    const count = 1234;
    const column = (of: (i: number) => number) => Int32Array.from({ length: count }, (_, i) => of(i));
    const list: EvaluationList = {
      ...listOf([{ group: 0, pictures: 50 }]),
      pairs: {
        probe: column((i) => i % 50),
        reference: column((i) => (i + 1 + (i % 7)) % 50),
        genuine: Uint8Array.from(column((i) => i % 2)),
        group: column((i) => i % 3),
      },
    };
    const plan = planEvaluation(list, { ...options, card: 'reference' });
    expect(plan.units.length).toBe(3);
    expect(pairsOf(plan).length).toBe(count);
    expect(plan.templates.length).toBe(100);
  });
});

describe('sampling', () => {
  it('shares a bound so that small groups are whole and none gets more than it has', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1 }), fc.nat(5000), (sizes, most) => {
        const shares = shareOut(sizes, most);
        const sum = shares.reduce((all, share) => all + share, 0);
        expect(sum).toBeLessThanOrEqual(most);
        const cut = shares.filter((share, i) => share < (sizes[i] ?? 0));
        for (const [i, share] of shares.entries()) {
          expect(share).toBeLessThanOrEqual(sizes[i] ?? 0);
          // Whoever has all of it has no more than those who were cut.
          if (share === sizes[i]) for (const each of cut) expect(share).toBeLessThanOrEqual(each + 1);
        }
        if (cut.length > 0) expect(most - sum).toBeLessThan(sizes.length);
      }),
    );
  });

  it('takes the share that it is told to', () => {
    for (const chance of [0, 0.001, 0.2, 0.9, 1]) {
      const takes = sampler(chance, 3);
      let taken = 0;
      for (let i = 0; i < 200_000; i++) if (takes()) taken++;
      expect(Math.abs(taken / 200_000 - chance)).toBeLessThan(0.004);
    }
  });
});
