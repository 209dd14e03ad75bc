import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimsOf } from '#built/contract/claims.js';
import { topicOf } from '#built/contract/topics.js';
import { type Broker, createMosquitto } from './mqtt-broker.js';
import { createTerminal, createWorld, listen, type TestTerminal, until, type World } from './uplink-world.js';

/** What the broker loses when it is killed is what it had acknowledged and not yet passed on. */
const FORGETFUL = ['allow_anonymous true', 'persistence false'];
const ROUNDS = 8;

describe('a broker that goes away', () => {
  let world: World;
  let broker: Broker;
  const terminals: TestTerminal[] = [];

  const terminal = async (id: string): Promise<TestTerminal> => {
    // The carrier may come back after the terminal: what nobody heard is sent again soon, for the test's sake.
    const soon = { resendAfterMs: 1000, receiptWaitMs: 1000 };
    const made = await createTerminal(world, await world.provision(id, broker.url), soon);
    terminals.push(made);
    return made;
  };

  beforeAll(async () => {
    world = await createWorld();
    broker = await createMosquitto(world.directory, FORGETFUL);
    await broker.start();
  });
  afterAll(async () => {
    for (const each of terminals) await each.close();
    await broker.stop();
    await world.close();
  });

  it('killed right after it acknowledged, with no carrier there: nothing is lost', async () => {
    const made = await terminal('kill-puback');
    const acknowledged = broker.logs(/Sending PUBACK to kill-puback \(m\d+, rc/);
    made.uplink.start();
    await until(() => made.uplink.connected);
    await made.append(10);
    await acknowledged;
    await broker.stop('SIGKILL');
    await broker.start();
    const carrier = await listen(world, broker.url);
    await until(async () => (await made.confirmed()) === 10, 30_000);
    expect(await world.carrier.audit('kill-puback')).toEqual({ last: 10, missing: [], broken: [] });
    expect(carrier.kept.filter((kept) => kept === 'new')).toHaveLength(10);
    await carrier.close();
  }, 60_000);

  it('killed again and again in the middle of the traffic: each report counts once, in one chain', async () => {
    const carrier = await listen(world, broker.url);
    const made = await terminal('kill-often');
    made.uplink.start();
    for (let round = 0; round < ROUNDS; round++) {
      await until(() => made.uplink.connected);
      const acknowledged = broker.logs(/Sending PUBACK to kill-often/);
      await made.append(5);
      await acknowledged;
      await broker.stop('SIGKILL');
      await broker.start();
    }
    const all = ROUNDS * 5;
    await until(async () => (await made.confirmed()) === all, 60_000);
    expect(carrier.kept.filter((kept) => kept === 'new')).toHaveLength(all);
    expect(carrier.kept).not.toContain('conflict');
    expect(await world.carrier.audit('kill-often')).toEqual({ last: all, missing: [], broken: [] });
    await carrier.close();
  }, 120_000);

  it('stopped between decision and receipt: the terminal goes on, and after its return each report counts once', async () => {
    const carrier = await listen(world, broker.url);
    const made = await terminal('away');
    made.uplink.start();
    await made.append(3);
    await until(async () => (await made.confirmed()) === 3);
    await broker.stop();
    await until(() => !made.uplink.connected);
    await made.append(4);
    expect(await made.outbox.counts()).toMatchObject({ waiting: 4, confirmed: 3 });
    await broker.start();
    await until(async () => (await made.confirmed()) === 7, 30_000);
    const mine = carrier.opened.filter(({ report }) => report.terminal === 'away');
    expect(new Set(mine.map(({ report }) => report.id)).size).toBe(7);
    expect(await world.carrier.audit('away')).toEqual({ last: 7, missing: [], broken: [] });
    await carrier.close();
  }, 60_000);

  it('the terminal ended before the receipt came: the next start sends again, and the carrier knows it', async () => {
    const identity = await world.provision('ended', broker.url);
    const first = await createTerminal(world, identity);
    first.uplink.start();
    const acknowledged = broker.logs(/Sending PUBACK to ended/);
    await first.append(5);
    await acknowledged;
    await first.close();
    const carrier = await listen(world, broker.url);
    const second = await createTerminal(world, identity);
    terminals.push(second);
    second.uplink.start();
    await until(async () => (await second.confirmed()) === 5, 30_000);
    expect(await world.carrier.audit('ended')).toEqual({ last: 5, missing: [], broken: [] });
    await carrier.close();
  }, 60_000);

  it('drains a backlog at its rate while live reports go before it', async () => {
    const carrier = await listen(world, broker.url);
    const identity = await world.provision('backlog', broker.url);
    // On the line, where there is an order: the carrier opens several at a time.
    const line = await connectAsync(broker.url);
    const sent: number[] = [];
    line.on('message', (_topic, payload) => {
      sent.push((claimsOf(payload.toString()) as { seq: number }).seq);
    });
    await line.subscribeAsync(topicOf('backlog', 'report'), { qos: 1 });
    const before = await createTerminal(world, identity);
    await before.append(60);
    await before.close();
    // A new process: what it finds in the queue is backlog, and leaves slowly.
    const made = await createTerminal(world, identity, { backlogPerSecond: 2 });
    terminals.push(made);
    made.uplink.start();
    await until(() => sent.length >= 3);
    await made.append(2);
    await until(() => sent.includes(62));
    const ahead = sent.filter((seq) => seq <= 60).length;
    expect(ahead).toBeLessThan(30);
    expect(sent.filter((seq) => seq > 60)).toEqual([61, 62]);
    const old = sent.filter((seq) => seq <= 60);
    expect(old).toEqual([...old].sort((a, b) => a - b));
    // The carrier lets it go faster.
    await carrier.sendCommand({ terminal: 'backlog', command: 'set-rate', arguments: { perSecond: 1000 } });
    await until(async () => (await made.confirmed()) === 62, 30_000);
    expect(await world.carrier.audit('backlog')).toEqual({ last: 62, missing: [], broken: [] });
    await line.endAsync();
    await carrier.close();
  }, 60_000);
});
