import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SendFault, SendFaults } from '#built/cli/simulate/carrier-faults.js';
import { type Broker, createMosquitto } from './mqtt-broker.js';
import { createTerminal, createWorld, listen, type TestTerminal, until, type World } from './uplink-world.js';

const ALWAYS = 1_000_000;
const NOTHING: SendFault = { on: 'any', skip: ALWAYS, times: 1, do: {} };

describe('receipts that go astray', () => {
  let world: World;
  let broker: Broker;
  let carrier: Awaited<ReturnType<typeof listen>>;
  let faults: SendFaults;
  const terminals: TestTerminal[] = [];

  const strike = (fault: SendFault): void => {
    faults = new SendFaults([fault], () => {});
  };
  const terminal = async (id: string, resendAfterMs = 30_000): Promise<TestTerminal> => {
    const made = await createTerminal(world, await world.provision(id, broker.url), {
      resendAfterMs,
      receiptWaitMs: resendAfterMs,
    });
    terminals.push(made);
    made.uplink.start();
    await until(() => made.uplink.connected);
    return made;
  };
  const received = (id: string): number[] =>
    carrier.opened.filter(({ report }) => report.terminal === id).map(({ report }) => report.seq);
  const dropped = async ({ uplink }: TestTerminal): Promise<number> =>
    Number(/(\d+) messages dropped/.exec((await uplink.check()).detail ?? '')?.[1] ?? 0);

  beforeAll(async () => {
    world = await createWorld();
    broker = await createMosquitto(world.directory);
    await broker.start();
    faults = new SendFaults([], () => {});
    carrier = await listen(world, broker.url, {
      onSend: (message, deliver) => faults.onSend(message, deliver),
    });
  });
  afterAll(async () => {
    for (const each of terminals) await each.close();
    await carrier.close();
    await broker.stop();
    await world.close();
  });

  it.each([
    ['lost', { lose: true }, 0],
    ['forged', { forge: true }, 6],
    ['altered', { flip: true }, 6],
  ] as const)(
    '%s: nothing is confirmed before a right one comes',
    async (what, effect, drops) => {
      strike({ on: 'receipt', skip: 0, times: 6, do: effect });
      const made = await terminal(`stray-${what}`, 1000);
      await made.append(6);
      await until(() => received(made.identity.terminal).length >= 6);
      await until(async () => (await dropped(made)) === drops);
      expect(await made.confirmed()).toBe(0);
      // The fault is over; the reports are sent again by themselves and are confirmed then.
      await until(async () => (await made.confirmed()) === 6, 60_000);
      expect(carrier.kept.filter((kept) => kept === 'conflict')).toEqual([]);
      expect(await world.carrier.audit(made.identity.terminal)).toEqual({ last: 6, missing: [], broken: [] });
    },
    90_000,
  );

  it('for another report: only that one is confirmed', async () => {
    strike({ on: 'receipt', skip: 3, times: 1, do: { another: true } });
    const made = await terminal('stray-another', 1000);
    await made.append(4);
    await until(async () => (await made.confirmed()) === 4, 60_000);
    expect(await world.carrier.audit('stray-another')).toEqual({ last: 4, missing: [], broken: [] });
  }, 90_000);

  it("for another terminal's report, on this terminal's topic: dropped", async () => {
    strike({ on: 'receipt', skip: 0, times: 5, do: { toTerminal: 'stray-neighbour' } });
    const neighbour = await terminal('stray-neighbour');
    const made = await terminal('stray-misled', 1000);
    // The same numbers are open on both.
    faults.add({ on: 'receipt', skip: 0, times: ALWAYS, do: { lose: true } });
    await made.append(5);
    await until(async () => (await dropped(neighbour)) === 5);
    expect(await neighbour.confirmed()).toBe(0);
    expect(await made.confirmed()).toBe(0);
    strike(NOTHING);
    await until(async () => (await made.confirmed()) === 5, 60_000);
  }, 90_000);

  it('many times and late: each report counts once', async () => {
    strike({ on: 'receipt', skip: 0, times: ALWAYS, do: { copies: 20, delayMs: 300 } });
    const made = await terminal('stray-late');
    await made.append(20);
    await until(async () => (await made.confirmed()) === 20);
    expect(await made.outbox.counts()).toMatchObject({ waiting: 0, sent: 0, confirmed: 20, lastSeq: 20 });
    expect(new Set(received('stray-late')).size).toBe(20);
    expect(await world.carrier.audit('stray-late')).toEqual({ last: 20, missing: [], broken: [] });
  });
});
