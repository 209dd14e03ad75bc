import { describe, expect, it } from 'vitest';
import { runFault } from './fault-program.js';

/** Small counts of what `npm run faults` does in large ones; each control is weakened on purpose and must fail. */
describe('the outbox outlives', () => {
  it('SIGKILL at random moments: nothing lost, nothing twice, the chain holds', async () => {
    expect(await runFault('kill', 8)).toMatchObject({ ok: true, figures: { lost: 0, twice: 0, chain: 0 } });
  }, 120_000);

  it('and would be caught if it said "durable" before it was', async () => {
    expect(await runFault('kill', 5, true)).toMatchObject({ ok: true });
  }, 120_000);

  it('SIGKILL at named points, and at others while it recovers', async () => {
    const whole = { lost: 0, altered: 0, broken: 0 };
    expect(await runFault('kill-points', 5)).toMatchObject({ ok: true, figures: whole });
  }, 120_000);

  it('power cuts, replayed in three models of a disk', async () => {
    const whole = { lost: 0, altered: 0, broken: 0, damaged: 0 };
    const { ok, figures } = await runFault('power-cut', 10);
    expect({ ok, figures }).toMatchObject({
      ok: true,
      figures: { prefix: whole, drop: whole, strict: whole },
    });
  }, 120_000);

  it('and would be caught with the usual settings of SQLite', async () => {
    expect(await runFault('power-cut', 4, true)).toMatchObject({ ok: true });
  }, 120_000);
});
