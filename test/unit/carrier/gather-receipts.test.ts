import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createGathering } from '#built/carrier/gather-receipts.js';
import type { Received } from '#built/contract/carrier-messages.js';

const received = (seq: number): Received => ({
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  seq,
  hash: 'h'.repeat(43),
  accepted: true,
  at: '2026-11-24T00:00:00.000Z',
});

describe('receipts gathered until a few turns of the loop bring no more', () => {
  function stage(fails = false) {
    const sent: [string, number[]][] = [];
    const add = createGathering(async (terminal, all) => {
      if (fails) throw new Error('no broker');
      sent.push([terminal, all.map(({ seq }) => seq)]);
    });
    return { sent, add };
  }

  it('go together for one terminal, apart for another, and are not held up', async () => {
    const { sent, add } = stage();
    const first = [add('a', received(1)), add('b', received(1)), add('a', received(2))];
    await Promise.all(first);
    await add('a', received(3));
    const to = (terminal: string) => sent.filter(([whom]) => whom === terminal).map(([, all]) => all);
    expect(to('a')).toEqual([[1, 2], [3]]);
    expect(to('b')).toEqual([[1]]);
  });

  it('go together while turns of the loop bring more', async () => {
    const { sent, add } = stage();
    const all: Promise<void>[] = [];
    const moreEachTurn = (seq: number): void => {
      if (seq < 5) setImmediate(() => moreEachTurn(seq + 1));
      all.push(add('a', received(seq)));
    };
    moreEachTurn(1);
    while (all.length < 5) await nextTurn();
    await Promise.all(all);
    expect(sent).toEqual([['a', [1, 2, 3, 4, 5]]]);
  });

  it('hold fifty at most; none is left out', async () => {
    const { sent, add } = stage();
    await Promise.all(Array.from({ length: 120 }, (_, i) => add('a', received(i + 1))));
    expect(sent.map(([, all]) => all.length)).toEqual([50, 50, 20]);
    expect(sent.flatMap(([, all]) => all)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
  });

  it('tell everybody who waits that nothing was sent', async () => {
    const { add } = stage(true);
    const both = [add('a', received(1)), add('a', received(2))];
    await expect(both[0]).rejects.toThrow('no broker');
    await expect(both[1]).rejects.toThrow('no broker');
    await nextTurn();
  });
});
