import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SendFault, SendFaults } from '#built/cli/simulate/carrier-faults.js';
import { topicOf } from '#built/contract/topics.js';
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
    ['forged', { forge: true }, 1],
    ['altered', { flip: true }, 1],
  ] as const)(
    '%s: nothing is confirmed before a right one comes',
    async (what, effect, leastDropped) => {
      strike({ on: 'receipt', skip: 0, times: ALWAYS, do: effect });
      const made = await terminal(`stray-${what}`, 1000);
      await made.append(6);
      await until(() => received(made.identity.terminal).length >= 6);
      await until(async () => (await dropped(made)) >= leastDropped);
      expect(await made.confirmed()).toBe(0);
      strike(NOTHING);
      // The reports are sent again by themselves and are confirmed then.
      await until(async () => (await made.confirmed()) === 6, 60_000);
      expect(carrier.kept.filter((kept) => kept === 'conflict')).toEqual([]);
      expect(await world.carrier.audit(made.identity.terminal)).toEqual({ last: 6, missing: [], broken: [] });
    },
    90_000,
  );

  it('for another report: only that one is confirmed', async () => {
    const made = await terminal('stray-another', 1000);
    await made.append(1);
    await until(async () => (await made.confirmed()) === 1);
    strike({ on: 'receipt', skip: 0, times: 1, do: { another: true } });
    await made.append(1);
    await until(async () => (await made.confirmed()) === 2, 60_000);
    // The one that was receipted with the other's receipt had to come again.
    expect(received('stray-another')).toEqual([1, 2, 2]);
    expect(await world.carrier.audit('stray-another')).toEqual({ last: 2, missing: [], broken: [] });
  }, 90_000);

  it("for another terminal's report, on this terminal's topic: dropped", async () => {
    strike({ on: 'receipt', skip: 0, times: ALWAYS, do: { toTerminal: 'stray-neighbour' } });
    const neighbour = await terminal('stray-neighbour');
    const made = await terminal('stray-misled', 1000);
    await made.append(5);
    await until(() => received('stray-misled').length >= 5);
    await until(async () => (await dropped(neighbour)) >= 1);
    expect(await neighbour.confirmed()).toBe(0);
    expect(await made.confirmed()).toBe(0);
    strike(NOTHING);
    await until(async () => (await made.confirmed()) === 5, 60_000);
  }, 90_000);

  it('over several reports at once: every one of them counts, and one that fits none takes nothing from the others', async () => {
    strike({ on: 'receipt', skip: 0, times: ALWAYS, do: { lose: true } });
    const made = await terminal('stray-gathered');
    await made.append(12);
    await until(() => received('stray-gathered').length >= 12);
    const all = carrier.opened.filter(({ report }) => report.terminal === 'stray-gathered');
    const at = new Date().toISOString();
    const said = all.map(({ report: { id, seq }, hash }) => ({ id, seq, hash, accepted: true, at }));
    const strange = said.map((each) => (each.seq === 7 ? { ...each, hash: said[0]?.hash ?? '' } : each));
    const line = await connectAsync(broker.url);
    const send = async (what: typeof said) =>
      line.publishAsync(
        topicOf('stray-gathered', 'receipt'),
        await world.carrier.receipt('stray-gathered', what),
        { qos: 1 },
      );
    await send(strange);
    await until(async () => (await made.confirmed()) === 11);
    expect(await dropped(made)).toBe(1);
    await send(said);
    await line.endAsync();
    await until(async () => (await made.confirmed()) === 12);
    expect(await made.outbox.counts()).toMatchObject({ waiting: 0, sent: 0, confirmed: 12 });
  }, 60_000);

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
