import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicOf } from '#built/contract/topics.js';
import { tryBroker } from '#built/uplink/try-broker.js';
import { type Broker, createAedes, createMosquitto, freePort } from './mqtt-broker.js';
import { createTerminal, createWorld, QUICK, type TestTerminal, until, type World } from './uplink-world.js';

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

  it('succeeds beside the one that is in use, and is seen by nobody', async () => {
    const heard: string[] = [];
    const downs: boolean[] = [];
    const watcher = await connectAsync(broker.url);
    watcher.on('message', (topic, payload, { retain }) => {
      if (!retain && topic === topicOf('t-trial', 'status')) heard.push(payload.toString());
    });
    await watcher.subscribeAsync('countersign/#', { qos: 1 });
    terminal.uplink.onConnection((connected) => downs.push(connected));
    for (let time = 0; time < 3; time++) {
      await tryBroker({ terminal: 't-trial', ...QUICK }, { url: broker.url });
    }
    expect([heard, downs, terminal.uplink.connected]).toEqual([[], [], true]);
    await watcher.endAsync();
  });

  it('fails as a connection does', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    await expect(tryBroker({ terminal: 't-trial', ...QUICK }, { url })).rejects.toMatchObject({
      code: expect.stringMatching(/^UPLINK_/),
    });
  });
});
