import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPICS } from '#built/contract/topics.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { createExecutor } from '#built/uplink/execute-command.js';
import type { UplinkHandlers } from '#built/uplink/port.js';
import { type Broker, createAedes, createMosquitto } from './mqtt-broker.js';
import { watchTraffic } from './uplink-traffic.js';
import { createTerminal, createWorld, listen, type TestTerminal, until, type World } from './uplink-world.js';

describe.each(['mosquitto, MQTT 5', 'mosquitto, MQTT 3.1.1', 'aedes, which has 3.1.1 only'])(
  'the line over %s',
  (name) => {
    let world: World;
    let broker: Broker;
    let carrier: Awaited<ReturnType<typeof listen>>;
    const protocol = name.endsWith('MQTT 3.1.1') ? ('3.1.1' as const) : ('auto' as const);
    let traffic: Awaited<ReturnType<typeof watchTraffic>>;
    const terminals: TestTerminal[] = [];

    const terminal = async (
      id: string,
      options = {},
      onCommand?: (identity: TerminalIdentity) => UplinkHandlers['onCommand'],
    ) => {
      const identity = await world.provision(id, broker.url);
      const given = onCommand === undefined ? {} : { onCommand: onCommand(identity) };
      const made = await createTerminal(world, identity, { protocol, ...options }, given);
      terminals.push(made);
      return made;
    };

    beforeAll(async () => {
      world = await createWorld();
      broker = name.startsWith('mosquitto') ? await createMosquitto(world.directory) : await createAedes();
      await broker.start();
      traffic = await watchTraffic(broker.url);
      carrier = await listen(world, broker.url);
    });
    afterAll(async () => {
      for (const each of terminals) await each.close();
      await carrier.close();
      await traffic.close();
      await broker.stop();
      await world.close();
    });

    it('delivers reports that the carrier can open, and confirms them by receipt alone', async () => {
      const { uplink, append, confirmed } = await terminal('line-1');
      uplink.start();
      await append(30);
      await until(async () => (await confirmed()) === 30);
      const mine = carrier.opened.filter(({ report }) => report.terminal === 'line-1');
      expect(new Set(mine.map(({ report }) => report.seq)).size).toBe(30);
      expect(mine[0]?.holders[0]?.name).toBe('证件样本');
      expect(await world.carrier.audit('line-1')).toEqual({ last: 30, missing: [], broken: [] });
      expect((await uplink.check()).detail).toBe(
        `connected, MQTT ${name === 'mosquitto, MQTT 5' ? '5' : '3.1.1'}`,
      );
    });

    it('brings an order down once and its state up', async () => {
      const { uplink, orders } = await terminal('line-2');
      uplink.start();
      await until(() => uplink.connected);
      const orderId = await carrier.sendOrder({
        terminal: 'line-2',
        service: 'sim-replacement',
        registeredHolder: '11010119900101001X',
      });
      await until(() => orders.length === 1);
      expect(orders[0]?.orderId).toBe(orderId);
      expect(orders[0]?.registeredHolder?.hash).toHaveLength(43);
      uplink.tellOrderState({ orderId, state: 'consent' });
      uplink.tellOrderState({ orderId, state: 'done', outcome: 'verified' });
      await until(() => carrier.states.filter((state) => state.orderId === orderId).length === 2);
      expect(carrier.states.map(({ state }) => state)).toEqual(['consent', 'done']);
    });

    it('executes a command and tells its result', async () => {
      const { uplink, commands } = await terminal('line-3');
      uplink.start();
      await until(() => uplink.connected);
      const id = await carrier.sendCommand({ terminal: 'line-3', command: 'rotate-keys' });
      await until(() => carrier.results.some((result) => result.id === id));
      expect(commands.map((command) => command.id)).toEqual([id]);
      expect(carrier.results.find((result) => result.id === id)?.result).toBe('done');
    });

    it('gathers the log for the carrier, which alone can read it', async () => {
      const lines = Array.from({ length: 300 }, (_, i) =>
        JSON.stringify({ level: 30, i, msg: '证'.repeat(40) }),
      );
      const { uplink } = await terminal('line-7', {}, ({ envelope }) =>
        createExecutor({ onRestart: () => {}, recentLogs: () => lines, envelope }),
      );
      uplink.start();
      await until(() => uplink.connected);
      const id = await carrier.sendCommand({ terminal: 'line-7', command: 'collect-logs' });
      await until(() => carrier.results.some((result) => result.id === id));
      const result = carrier.results.find((each) => each.id === id);
      expect(result).toMatchObject({ result: 'done', detail: '300 lines', logs: lines });
      expect(result).not.toHaveProperty('sealed');
    });

    it('asks for the numbers in a name and opens the sealed answer', async () => {
      const { uplink } = await terminal('line-4');
      const holder = { number: '11010119900101001X', name: '证件样本' };
      await expect(uplink.ask(holder, new AbortController().signal)).rejects.toMatchObject({
        code: 'UPLINK_UNREACHABLE',
      });
      uplink.start();
      await until(() => uplink.connected);
      const { query, numbers } = await uplink.ask(holder, new AbortController().signal);
      expect(query).toMatch(/^[0-9a-f-]{36}$/);
      expect(numbers).toEqual([
        { ref: 'ref-1', masked: '138****0001', kind: 'mobile', since: '2020-02-02' },
        { ref: 'ref-2', masked: '138****0002', kind: 'mobile' },
      ]);
    });

    it('stops asking when the person leaves', async () => {
      const { uplink } = await terminal('line-5');
      uplink.start();
      await until(() => uplink.connected);
      const leaving = new AbortController();
      const asked = uplink.ask({ number: '11010119900101001X', name: '证件样本' }, leaving.signal);
      leaving.abort();
      await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('says online, degraded with the fault, and offline', async () => {
      const { uplink } = await terminal('line-6');
      uplink.start();
      await until(() => carrier.statuses.get('line-6')?.state === 'online');
      uplink.tellFaults(['CARD_READER_GONE']);
      await until(() => carrier.statuses.get('line-6')?.state === 'degraded');
      expect(carrier.statuses.get('line-6')?.reasons).toEqual(['CARD_READER_GONE']);
      await uplink.close();
      await until(() => carrier.statuses.get('line-6')?.state === 'offline');
    });

    it('said nothing in all this that is not as the published schemas have it', async () => {
      await until(() => traffic.kinds().length === Object.keys(TOPICS).length);
      expect(traffic.captured.length).toBeGreaterThan(60);
      expect(traffic.wrong).toEqual([]);
    });
  },
);
