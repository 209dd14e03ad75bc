import { describe, expect, it } from 'vitest';
import { type ChainLink, checkChain, hashOf } from '#built/outbox/chain.js';
import { isSafeVersion } from '#built/outbox/settings.js';

function jwsOf(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

/** A whole chain of that many; `marked` bears the mark of a new beginning. */
function chain(count: number, marked?: number): ChainLink[] {
  const links: ChainLink[] = [];
  for (let seq = 1; seq <= count; seq++) {
    const previous = links.at(-1)?.hash;
    const mark = seq === marked ? { chainRestarted: { cause: 'test' } } : {};
    const jws = jwsOf({ seq, id: `id-${seq}`, previous, ...mark });
    links.push({ seq, id: `id-${seq}`, hash: hashOf(jws), jws });
  }
  return links;
}

const without = (links: ChainLink[], seq: number): ChainLink[] => links.filter((link) => link.seq !== seq);
const change = (links: ChainLink[], seq: number, by: Partial<ChainLink>): ChainLink[] =>
  links.map((link) => (link.seq === seq ? { ...link, ...by } : link));

describe('the chain', () => {
  it('holds when whole, also where bodies were erased', () => {
    expect(checkChain(chain(5))).toEqual([]);
    expect(checkChain(change(change(chain(5), 2, { jws: undefined }), 3, { jws: undefined }))).toEqual([]);
    expect(checkChain([])).toEqual([]);
  });

  it.each<[what: string, links: ChainLink[], problem: string, seq: number]>([
    ['a missing number', without(chain(5), 3), 'gap', 4],
    [
      'another body',
      change(chain(5), 3, { jws: jwsOf({ seq: 3, id: 'id-3' }) }),
      'body-does-not-fit-hash',
      3,
    ],
    ['another number', change(chain(3), 3, { seq: 4 }), 'body-does-not-fit-row', 4],
    ['another id', change(chain(3), 3, { id: 'id-9' }), 'body-does-not-fit-row', 3],
    [
      'another hash of an erased body',
      change(chain(3), 2, { jws: undefined, hash: hashOf('x') }),
      'previous-does-not-fit',
      3,
    ],
    ['a body that is no report', change(chain(2), 2, { jws: 'abc', hash: hashOf('abc') }), 'unreadable', 2],
  ])('is broken by %s', (_what, links, problem, seq) => {
    expect(checkChain(links)).toContainEqual({ seq, problem });
  });

  it('may begin anew behind a gap with a mark only', () => {
    expect(checkChain(without(chain(5, 4), 3))).toEqual([]);
  });
});

describe('the version of SQLite', () => {
  it.each([
    ['3.40.1', false],
    ['3.44.5', false],
    ['3.44.6', true],
    ['3.50.6', false],
    ['3.50.7', true],
    ['3.51.2', false],
    ['3.51.3', true],
    ['3.53.4', true],
    ['4.0.0', true],
  ])('%s may be used: %s', (version, safe) => {
    expect(isSafeVersion(version)).toBe(safe);
  });
});
