import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicOf } from '#built/contract/topics.js';
import { tryBroker } from '#built/uplink/try-broker.js';
import { type Broker, createAedes, createMosquitto, freePort } from './mqtt-broker.js';
import {
  createTerminal,
  createWorld,
  listen,
  QUICK,
  type TestTerminal,
  until,
  type World,
} from './uplink-world.js';

describe.each(['mosquitto', 'aedes'])('one connection to try an identity, at %s', (kind) => {
  let world: World;
  let broker: Broker;
  let terminal: TestTerminal;

  beforeAll(async () => {
    world = await createWorld();
    broker = kind === 'mosquitto' ? await createMosquitto(world.directory) : await createAedes();
    await broker.start();
    terminal = await createTerminal(world, await world.provision('t-trial', broker.url));
    terminal.uplink.start();
    await until(() => terminal.uplink.connected);
  });
  afterAll(async () => {
    await terminal.close();
    await broker.stop();
    await world.close();
  });

  it('takes the place of the one that is in use, which comes back and says so', async () => {
    const heard: string[] = [];
    const changes: boolean[] = [];
    const watcher = await connectAsync(broker.url);
    watcher.on('message', (topic, payload, { retain }) => {
      if (!retain && topic === topicOf('t-trial', 'status')) heard.push(payload.toString());
    });
    await watcher.subscribeAsync('countersign/#', { qos: 1 });
    terminal.uplink.onConnection((connected) => changes.push(connected));
    for (let time = 1; time <= 3; time++) {
      await tryBroker({ terminal: 't-trial', ...QUICK }, { url: broker.url });
      await until(() => changes.length === 2 * time && terminal.uplink.connected);
    }
    expect(changes).toEqual([false, true, false, true, false, true]);
    // aedes publishes the will of who was displaced; what counts is the word that stays.
    if (kind === 'mosquitto') expect(heard.join()).not.toContain('"offline"');
    await until(() => heard.filter((text) => text.includes('"online"')).length === 3);
    expect(heard.at(-1)).toContain('"online"');
    await watcher.endAsync();
  });

  it('leaves what waits at the broker for the connections that come after it', async () => {
    const identity = await world.provision('t-waits', broker.url);
    const before = await createTerminal(world, identity);
    before.uplink.start();
    await until(() => before.uplink.connected);
    await before.close();
    const carrier = await listen(world, broker.url);
    await carrier.sendOrder({ terminal: 't-waits', service: 'new-number' });
    for (let time = 0; time < 3; time++) {
      await tryBroker({ terminal: 't-waits', ...QUICK }, { url: broker.url });
    }
    const after = await createTerminal(world, identity);
    after.uplink.start();
    await until(() => after.orders.length === 1);
    await after.close();
    await carrier.close();
  });

  it('fails as a connection does', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    await expect(tryBroker({ terminal: 't-trial', ...QUICK }, { url })).rejects.toMatchObject({
      code: expect.stringMatching(/^UPLINK_/),
    });
  });
});
