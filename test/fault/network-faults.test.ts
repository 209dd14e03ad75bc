import { describe, expect, it } from 'vitest';
import { runFault } from './fault-program.js';

const WHOLE = {
  lost: 0,
  altered: 0,
  gaps: 0,
  chain: 0,
  twice: 0,
  countedTwice: 0,
  conflicts: 0,
  left: 0,
  disorder: 0,
};

/**
 * Small counts of what `npm run faults` does in large ones. They wait for clocks more than they work, so they run side
 * by side. How soon a live report is confirmed is printed by the program and not asked here.
 */
describe.concurrent('the line to the carrier outlives', () => {
  it('a month without a network: drained in order, none lost, none twice, people at the counter first', async () => {
    const { figures } = await runFault('offline-month', 120);
    expect(figures).toMatchObject({ ...WHOLE, commandsDone: 1 });
    // Confirmed while nearly all of the month still waited.
    expect((figures as { live: { defaults: { n: number } } }).live.defaults.n).toBeGreaterThan(0);
  }, 120_000);

  it('and would be caught as a plain queue, or if it took the broker at its word', async () => {
    const { figures } = await runFault('offline-month', 120, true);
    expect(figures).toMatchObject({ fifo: { lost: 0, live: { defaults: { n: 0 } } } });
    expect((figures as { puback: { lost: number } }).puback.lost).toBeGreaterThan(0);
  }, 120_000);

  it('a wall clock that jumps by years: none lost, in the order of the numbers, on one and the same link', async () => {
    const { ok, figures } = await runFault('clock-jump', 200);
    expect({ ok, figures }).toMatchObject({
      ok: true,
      figures: { ...WHOLE, linksByTerminal: 1, linksByBroker: 1 },
    });
  }, 120_000);

  it('and would be caught if it measured time by the wall', async () => {
    expect(await runFault('clock-jump', 200, true)).toMatchObject({ ok: true });
  }, 120_000);
});
