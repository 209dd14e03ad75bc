import { describe, expect, it } from 'vitest';
import { auditChain } from '#built/carrier/audit-chain.js';
import type { ChainLink } from '#built/carrier/store.js';
import { FUZZ_SEED, seeded } from '../../fuzz/card-random.js';

const link = (seq: number, hash: string, previous?: string, chainRestarted = false): ChainLink => ({
  seq,
  hash,
  previous,
  chainRestarted,
});

function chain(count: number, name = 'h'): ChainLink[] {
  return Array.from({ length: count }, (_, index) =>
    link(index + 1, `${name}${index + 1}`, index === 0 ? undefined : `${name}${index}`),
  );
}

describe('the audit of a chain', () => {
  it('finds a whole chain whole, and an empty one', () => {
    expect(auditChain([])).toEqual({ last: 0, missing: [], broken: [] });
    expect(auditChain(chain(1000))).toEqual({ last: 1000, missing: [], broken: [] });
  });

  it('names what is missing, at the beginning and in the middle', () => {
    const links = chain(10).filter(({ seq }) => ![1, 2, 5, 6, 9].includes(seq));
    expect(auditChain(links)).toEqual({ last: 10, missing: [1, 2, 5, 6, 9], broken: [] });
  });

  it('outlives a report with an absurd number, which any terminal may sign', () => {
    const { last, missing } = auditChain([...chain(3), link(Number.MAX_SAFE_INTEGER, 'far', 'nobody')]);
    expect(last).toBe(Number.MAX_SAFE_INTEGER);
    expect(missing.length).toBeLessThanOrEqual(1_000_000);
    expect(missing.slice(0, 2)).toEqual([4, 5]);
  });

  it('names forks, a second beginning, a wrong link and a jump', () => {
    const fork = [...chain(5), link(4, 'x4', 'h3')].sort((a, b) => a.seq - b.seq);
    expect(auditChain(fork).broken).toEqual([4]);
    expect(auditChain([link(1, 'a'), link(1, 'b')]).broken).toEqual([1]);
    expect(auditChain([...chain(3), link(4, 'x4', 'nobody')]).broken).toEqual([4]);
    expect(auditChain([...chain(3), link(7, 'x7', 'h3')]).broken).toEqual([7]);
  });

  it('follows a chain that was begun anew with numbers used again', () => {
    const anew = [link(1, 'n1', undefined, true), link(2, 'n2', 'n1'), link(3, 'n3', 'n2')];
    const links = [...chain(5), ...anew].sort((a, b) => a.seq - b.seq);
    expect(auditChain(links)).toEqual({ last: 5, missing: [], broken: [] });
    const gone = [...chain(5), link(8, 'n8', undefined, true)];
    expect(auditChain(gone)).toEqual({ last: 8, missing: [6, 7], broken: [] });
  });

  it('names every number that was taken away, whichever they are', () => {
    const random = seeded(FUZZ_SEED);
    for (let round = 0; round < 300; round++) {
      const count = 2 + random(60);
      const away = new Set(Array.from({ length: random(count) }, () => 1 + random(count - 1)));
      const { missing, broken } = auditChain(chain(count).filter(({ seq }) => !away.has(seq)));
      expect(missing).toEqual([...away].sort((a, b) => a - b));
      expect(broken).toEqual([]);
    }
  });
});
