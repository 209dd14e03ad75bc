import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSystemClock } from '#built/clock/system-driver.js';
import type { Check } from '#built/domain/check.js';
import { createHealth, type Health } from '#built/health/create-health.js';
import { type NotifyStage, raiseNotifyStage } from './notify-stage.js';

const PATIENCE = { timeout: 20_000, interval: 10 };
const clock = createSystemClock();
const WELL: Check = { name: 'reader', ok: true, detail: 'fine' };
const HUNG: Check = { ...WELL, ok: false, advice: 'Start again.', curedByRestart: true };
const UNPLUGGED: Check = { ...WELL, ok: false, advice: 'Put the cable back in.' };

let stage: NotifyStage;
let health: Health | undefined;
/** What the log says. */
let said: string[];
let faults: string[][];
let answer: () => Check | Promise<Check>;
let asked: number;

function start(options: { checkLimitMs?: number } = {}): Health {
  const logger = pino({ level: 'info' }, { write: (line) => said.push(JSON.parse(line).msg) });
  const settings = { intervalMs: 20, checkLimitMs: 5000, watchdogUsec: 60_000, notifySocket: stage.socket };
  health = createHealth(
    { ...settings, ...options },
    {
      checks: [
        async () => {
          asked++;
          return answer();
        },
      ],
      clock,
      logger,
      onFaults: (codes) => faults.push(codes),
    },
  );
  return health;
}
const count = async (state: string): Promise<number> =>
  (await stage.told()).filter((message) => message.includes(state)).length;
const fedAgain = async (): Promise<void> => {
  const before = await count('WATCHDOG=1');
  await vi.waitFor(async () => expect(await count('WATCHDOG=1')).toBeGreaterThan(before), PATIENCE);
};

beforeEach(async () => {
  stage = await raiseNotifyStage();
  said = [];
  faults = [];
  asked = 0;
  answer = () => WELL;
});
afterEach(async () => {
  await health?.close();
  await stage.strike();
});

describe('the gated watchdog', () => {
  test('is ready after the first round and not before, and feeds while every part is well', async () => {
    let release = (_: Check): void => {};
    answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const ready = start().ready();
    await vi.waitFor(() => expect(asked).toBe(1), PATIENCE);
    expect(await count('READY=1')).toBe(0);
    answer = () => WELL;
    release(WELL);
    await ready;
    expect(await stage.told()).toContainEqual(['READY=1', 'STATUS=every part is well']);
    await fedAgain();
    await fedAgain();
  });

  test('goes hungry when a part that a new start can cure fails twice, and is fed again when it is back', async () => {
    await start().ready();
    await fedAgain();
    answer = () => HUNG;
    await vi.waitFor(() => expect(said).toContain('the watchdog is no longer fed'), PATIENCE);
    const fed = await count('WATCHDOG=1');
    const before = asked;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 5), PATIENCE);
    expect(await count('WATCHDOG=1')).toBe(fed);
    answer = () => WELL;
    await fedAgain();
  });

  test('is fed all the same when a new start would not help, and the fault is told', async () => {
    await start().ready();
    answer = () => UNPLUGGED;
    await vi.waitFor(() => expect(faults).toContainEqual(['reader']), PATIENCE);
    const before = asked;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 5), PATIENCE);
    await fedAgain();
    expect(health?.latest()).toContainEqual(UNPLUGGED);
    await vi.waitFor(
      async () => expect(await stage.told()).toContainEqual(['STATUS=not well: reader']),
      PATIENCE,
    );
    answer = () => WELL;
    await vi.waitFor(() => expect(faults.at(-1)).toEqual([]), PATIENCE);
  });

  test('a part that never answers is not asked again on top, and the watchdog goes hungry', async () => {
    answer = () => new Promise(() => {});
    await start({ checkLimitMs: 20 }).ready();
    await vi.waitFor(() => expect(said).toContain('the watchdog is no longer fed'), PATIENCE);
    expect(asked).toBe(1);
    expect(health?.latest()[0]).toMatchObject({ ok: false, curedByRestart: true });
  });

  test('a check that breaks its promise and throws is such a part as well', async () => {
    answer = () => {
      throw new TypeError('a defect');
    };
    await start().ready();
    expect(health?.latest()[0]).toMatchObject({ ok: false, detail: 'its check failed: TypeError' });
    await vi.waitFor(() => expect(said).toContain('the watchdog is no longer fed'), PATIENCE);
  });

  test('says that it stops, once, without waiting for a part that hangs, and is silent afterwards', async () => {
    answer = () => new Promise(() => {});
    const ready = start().ready();
    ready.catch(() => {});
    await vi.waitFor(() => expect(asked).toBe(1), PATIENCE);
    await Promise.all([health?.close(), health?.close()]);
    await expect(ready).rejects.toMatchObject({ name: 'AbortError' });
    expect(await count('STOPPING=1')).toBe(1);
    const told = (await stage.told()).length;
    await clock.sleep(100);
    expect((await stage.told()).length).toBe(told);
  });

  test('without a manager it watches all the same and tells nobody', async () => {
    health = createHealth(
      { intervalMs: 20, notifySocket: '' },
      { checks: [async () => UNPLUGGED], clock, onFaults: (codes) => faults.push(codes) },
    );
    await health.ready();
    expect(faults).toEqual([['reader']]);
    expect(await stage.told()).toEqual([]);
  });
});
