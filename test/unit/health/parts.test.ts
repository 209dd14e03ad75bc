import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchLoop } from '#built/health/loop-delay.js';
import { measureHost } from '#built/health/measure-host.js';
import { createNotifier } from '#built/health/notifier.js';
import { watchdogEnvironment } from '#built/health/watchdog-environment.js';
import { type NotifyStage, raiseNotifyStage } from './notify-stage.js';

describe('what systemd tells the service', () => {
  const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };

  test.each([
    ['nothing', {}, {}],
    ['a socket', SOCKET, { notifySocket: '/run/systemd/notify' }],
    ['an abstract socket', { NOTIFY_SOCKET: '@notify' }, { notifySocket: '@notify' }],
    ['no such thing as a socket', { NOTIFY_SOCKET: 'notify' }, {}],
    ['a watchdog for anybody', { WATCHDOG_USEC: '30000000' }, { watchdogUsec: 30_000_000 }],
    ['a watchdog for us', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, { watchdogUsec: 30_000_000 }],
    ['a watchdog for another', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, {}],
    ['a watchdog of no time', { WATCHDOG_USEC: '0' }, {}],
    ['nonsense', { WATCHDOG_USEC: 'soon', WATCHDOG_PID: 'x' }, {}],
  ])('%s', (_what, environment, expected) => {
    expect(watchdogEnvironment(environment, 7)).toEqual(expected);
  });
});

describe('what the service tells systemd', () => {
  let stage: NotifyStage;
  beforeEach(async () => {
    stage = await raiseNotifyStage();
  });
  afterEach(() => stage.strike());

  test('is one statement a word, and a line break begins no other', async () => {
    const { send } = createNotifier(stage.socket);
    expect(await send(['STATUS=not well\nMAINPID=1', 'READY=1'])).toBe(true);
    expect(await stage.told()).toEqual([['STATUS=not well MAINPID=1', 'READY=1']]);
  });

  test('is given up where there is no systemd-notify', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/no/such/directory';
    expect(await createNotifier(stage.socket).send(['READY=1'])).toBe(false);
    process.env['PATH'] = path;
  });
});

describe('what is measured', () => {
  test('the computer, and what cannot be measured is left out', async () => {
    const here = await measureHost('/');
    expect(here.memoryMb).toBeGreaterThan(10);
    expect(here.diskFreeMb).toBeGreaterThanOrEqual(0);
    expect(await measureHost('/no/such/directory')).not.toHaveProperty('diskFreeMb');
  });

  test('an event loop that was held up is found out, once', async () => {
    const loop = watchLoop();
    const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
    await turn();
    expect(loop.check()).toMatchObject({ name: 'event-loop', ok: true });
    await turn();
    const until = performance.now() + 2200;
    while (performance.now() < until);
    await turn();
    expect(loop.check()).toMatchObject({ ok: false, advice: expect.any(String) });
    await turn();
    expect(loop.check()).toMatchObject({ ok: true });
    loop.close();
  });
});
