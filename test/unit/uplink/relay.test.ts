import { describe, expect, it } from 'vitest';
import type { Clock } from '#built/clock/port.js';
import type { OutboxEntry } from '#built/outbox/port.js';
import { createRate, type Rate } from '#built/uplink/rate.js';
import { createRelay } from '#built/uplink/relay.js';
import type { Wire } from '#built/uplink/wire.js';

/** Time that passes when the test says so. */
function virtualClock() {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    now: () => ({ at: new Date(now).toISOString(), confidence: 'synchronised', elapsedMs: now }),
    elapsed: () => now,
    today: () => '1970-01-01',
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort);
      }),
  };
  return {
    clock,
    async pass(ms: number): Promise<void> {
      for (const end = now + ms; now < end; ) {
        now = Math.min(end, now + 100);
        for (const sleeper of [...sleepers]) {
          if (sleeper.at <= now && sleepers.delete(sleeper)) sleeper.wake();
        }
        await settle();
      }
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const entry = (seq: number, live = false): OutboxEntry => ({
  seq,
  id: `id-${seq}`,
  jws: `jws-${seq}`,
  hash: `hash-${seq}`,
  state: 'waiting',
  attempts: 0,
  live,
});

/** Always a permit. */
const FREELY: Rate = { take: () => true, waitMs: () => 0, set: () => {}, perSecond: 1000 };

interface StageOptions {
  readonly backlog?: number;
  readonly window?: number;
  readonly perSecond?: number;
  readonly receiveMaximum?: number;
}

function stage({ backlog = 0, window = 5, perSecond, receiveMaximum = 100 }: StageOptions) {
  const { clock, pass } = virtualClock();
  const rows = new Map<number, OutboxEntry>();
  for (let seq = 1; seq <= backlog; seq++) rows.set(seq, entry(seq));
  const listeners = new Set<() => void>();
  const state = { takes: 0, failing: false as boolean, marked: [] as number[] };
  const rate = perSecond === undefined ? FREELY : createRate(perSecond, () => clock.elapsed());
  const relay = createRelay(
    { window, terminal: 't-1', receiptWaitMs: 30_000 },
    {
      clock,
      rate,
      outbox: {
        take: async (limit, excluding) => {
          state.takes++;
          if (state.failing) throw new Error('disk');
          const free = [...rows.values()].filter(({ seq }) => !excluding.has(seq));
          return [...free.filter(({ live }) => live), ...free.filter(({ live }) => !live)].slice(0, limit);
        },
        markSent: async (seq) => void state.marked.push(seq),
        onAppend: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    },
  );
  const wire = () => {
    const sent: number[] = [];
    const made = {
      receiveMaximum,
      publish: async ({ payload }: { payload: string }) => void sent.push(Number(payload.slice(4))),
    } as unknown as Wire;
    return { sent, made };
  };
  return {
    relay,
    state,
    rate,
    pass,
    wire,
    append(seq: number) {
      rows.set(seq, entry(seq, true));
      for (const each of listeners) each();
    },
    /** A receipt comes and is noted. */
    receipt(seq: number, noted = true) {
      relay.answered([{ seq, hash: `hash-${seq}` }]);
      if (!noted) return;
      rows.delete(seq);
      relay.settled([{ seq }]);
    },
  };
}

describe('the relay', () => {
  it('keeps a window without receipts, has room beyond it for live reports, and goes on with each receipt', async () => {
    const { relay, wire, receipt, append } = stage({ backlog: 20, window: 3 });
    const { sent, made } = wire();
    relay.up(made);
    await settle();
    expect(sent).toEqual([1, 2, 3]);
    append(21);
    append(22);
    append(23);
    await settle();
    expect(sent).toEqual([1, 2, 3, 21, 22]);
    for (const seq of [1, 2, 3]) receipt(seq);
    await settle();
    expect(sent).toEqual([1, 2, 3, 21, 22, 23]);
    receipt(21);
    await settle();
    expect(sent).toEqual([1, 2, 3, 21, 22, 23, 4]);
    relay.close();
  });

  it('lends the places of reports whose receipt is being checked, and takes them back when it does not hold', async () => {
    const { relay, wire, receipt } = stage({ backlog: 20, window: 3 });
    const { sent, made } = wire();
    relay.up(made);
    await settle();
    const endLoan = relay.lend([
      { seq: 1, hash: 'hash-1' },
      { seq: 2, hash: 'hash-1' },
      { seq: 9, hash: 'hash-9' },
    ]);
    await settle();
    expect(sent).toEqual([1, 2, 3, 4]);
    endLoan();
    receipt(2);
    await settle();
    expect(sent).toEqual([1, 2, 3, 4]);
    receipt(3);
    await settle();
    expect(sent).toEqual([1, 2, 3, 4, 5]);
    relay.close();
  });

  it('lends a window at most, however many receipts are claimed', async () => {
    const { relay, wire } = stage({ backlog: 40, window: 3 });
    const { sent, made } = wire();
    relay.up(made);
    await settle();
    for (let turn = 0; turn < 10; turn++) {
      relay.lend(sent.map((seq) => ({ seq, hash: `hash-${seq}` })));
      await settle();
    }
    expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
    relay.close();
  });

  it('stays within what the broker allows', async () => {
    const { relay, wire } = stage({ backlog: 20, window: 20, receiveMaximum: 1 });
    const { sent, made } = wire();
    relay.up(made);
    await settle();
    expect(sent).toEqual([1]);
    relay.close();
  });

  it('sends what was under way again on the next link at once, oldest first, and nothing of it twice on one link', async () => {
    const { relay, wire, receipt, pass, state } = stage({ backlog: 8, window: 3 });
    const first = wire();
    relay.up(first.made);
    await settle();
    receipt(2);
    await settle();
    expect(first.sent).toEqual([1, 2, 3, 4]);
    await pass(3000);
    expect(state.marked).toEqual([1, 3, 4]);
    relay.down();
    const second = wire();
    relay.up(second.made);
    await settle();
    expect(second.sent).toEqual([1, 3, 4]);
    relay.close();
  });

  it('does not send a report while its receipt is being noted, and gives its place away', async () => {
    const { relay, wire, receipt } = stage({ backlog: 6, window: 3 });
    const { sent, made } = wire();
    relay.up(made);
    await settle();
    receipt(1, false);
    receipt(2, false);
    await settle();
    expect(sent).toEqual([1, 2, 3, 4, 5]);
    relay.down();
    const second = wire();
    relay.up(second.made);
    await settle();
    expect(second.sent).toEqual([3, 4, 5]);
    relay.close();
  });

  it('takes no notice of a receipt for another hash', async () => {
    const { relay, wire } = stage({ backlog: 6, window: 3 });
    const { sent, made } = wire();
    relay.up(made);
    await settle();
    relay.answered([{ seq: 1, hash: 'hash-2' }]);
    await settle();
    expect(sent).toEqual([1, 2, 3]);
    relay.close();
  });

  it('gives the place of a report without receipt to others after a while', async () => {
    const { relay, wire, pass } = stage({ backlog: 20, window: 3 });
    const { sent, made } = wire();
    relay.up(made);
    await pass(29_000);
    expect(sent).toEqual([1, 2, 3]);
    await pass(3000);
    expect(sent.length).toBeGreaterThan(3);
    relay.close();
  });

  it('lets the backlog leave at its rate, and live reports at once', async () => {
    const { relay, wire, receipt, append, pass } = stage({ backlog: 100, perSecond: 2 });
    const { sent, made } = wire();
    relay.up(made);
    for (let second = 0; second < 10; second++) {
      await pass(1000);
      for (const seq of [...sent]) receipt(seq);
    }
    // One at once, then two a second; timers have their grain.
    expect(sent.length).toBeGreaterThanOrEqual(10);
    expect(sent.length).toBeLessThanOrEqual(22);
    const before = sent.length;
    append(101);
    await settle();
    expect(sent.slice(before)).toEqual([101]);
    relay.close();
  });

  it('asks an outbox that cannot be read once a second, not without end', async () => {
    const { relay, wire, state, pass, receipt } = stage({ backlog: 5, window: 3 });
    state.failing = true;
    const { sent, made } = wire();
    relay.up(made);
    await pass(10_000);
    expect(state.takes).toBeLessThanOrEqual(12);
    expect(sent).toEqual([]);
    state.failing = false;
    await pass(1500);
    expect(sent).toEqual([1, 2, 3]);
    receipt(1);
    relay.close();
  });
});
