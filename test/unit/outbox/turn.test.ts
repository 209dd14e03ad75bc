import { describe, expect, it } from 'vitest';
import { createTurn, type Turn } from '#built/outbox/turn.js';

/** As the committer does it. */
async function next<Work>(turn: Turn<Work>): Promise<Work[]> {
  if (!turn.isRipe) await turn.gather();
  return turn.take();
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the next commit', () => {
  it('takes those that hurry first, and patient ones along with them', async () => {
    const turn = createTurn<string>();
    turn.add('receipt', true);
    turn.add('report', false);
    expect(await next(turn)).toEqual(['report', 'receipt']);
    expect(turn.isEmpty).toBe(true);
  });

  it('does not keep a report waiting that comes while receipts wait for others', async () => {
    const turn = createTurn<string>();
    turn.add('receipt', true);
    const commit = next(turn);
    turn.add('report', false);
    expect(await commit).toEqual(['report', 'receipt']);
  });

  it('waits for what keeps coming, but not for ever', async () => {
    const turn = createTurn<number>();
    let added = 0;
    const coming = setInterval(() => turn.add(added++, true), 1);
    turn.add(added++, true);
    const some = await next(turn);
    clearInterval(coming);
    expect(some.length).toBeGreaterThan(1);
    expect(some.length).toBeLessThan(128);
  });

  it('is full with so many, and leaves the others for the one after', async () => {
    const turn = createTurn<number>();
    for (const each of numbers(200)) turn.add(each, true);
    for (const each of numbers(70)) turn.add(1000 + each, false);
    expect(await next(turn)).toEqual([...numbers(64).map((each) => 1000 + each), ...numbers(128)]);
    turn.hurry();
    expect(await next(turn)).toHaveLength(6 + 72);
    expect(turn.isEmpty).toBe(true);
  });
});
