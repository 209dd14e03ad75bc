import { describe, expect, it } from 'vitest';
import { runFault } from './fault-program.js';

/** Small counts of what `npm run faults` does in large ones; each control is weakened on purpose and must fail. */
describe('the outbox gets over', () => {
  it('damage to either copy in random ways', async () => {
    const whole = { lost: 0, altered: 0, broken: 0 };
    expect(await runFault('corrupt', 26)).toMatchObject({ ok: true, figures: whole });
  }, 120_000);

  it('and would be caught without the second copy', async () => {
    expect(await runFault('corrupt', 8, true)).toMatchObject({ ok: true });
  }, 120_000);

  it('system calls that fail, once or for good', async () => {
    const whole = { lost: 0, altered: 0, broken: 0, untyped: 0 };
    expect(await runFault('syscalls', 9)).toMatchObject({ ok: true, figures: whole });
  }, 120_000);

  it('and would be caught if it acknowledged what was not written', async () => {
    expect(await runFault('syscalls', 3, true)).toMatchObject({ ok: true });
  }, 120_000);

  it('a full disk and a read-only one: it says so, takes receipts, and goes on when there is room', async () => {
    const whole = { lost: 0, silent: 0, stuck: 0, untyped: 0, receiptsRefused: 0 };
    expect(await runFault('disk-full', 4)).toMatchObject({ ok: true, figures: whole });
  }, 120_000);

  it('and would be caught if it did not say so', async () => {
    expect(await runFault('disk-full', 1, true)).toMatchObject({ ok: true });
  }, 120_000);
});
