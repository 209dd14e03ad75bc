import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt, { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoRules, mosquittoSettings } from '#built/carrier/broker-rules.js';
import {
  certifyBroker,
  certifyCarrier,
  certifyTerminal,
  createAuthority,
  type PemPair,
} from '#built/carrier/certificates.js';
import { TOPICS, type TopicName, topicOf } from '#built/contract/topics.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { tryBroker } from '#built/uplink/try-broker.js';
import { type Broker, createRecommendedMosquitto } from './mqtt-broker.js';
import { watchTraffic } from './uplink-traffic.js';
import {
  createTerminal,
  createWorld,
  listen,
  QUICK,
  type TestTerminal,
  until,
  type World,
} from './uplink-world.js';

const NAMES = Object.keys(TOPICS) as TopicName[];

describe('a line over TLS, where the certificate says who one is', () => {
  let world: World;
  let authority: PemPair;
  let broker: Broker;
  let carrierUrl: string;
  let connection: { ca: string; cert: string; key: string };
  let carrier: Awaited<ReturnType<typeof listen>>;
  let traffic: Awaited<ReturnType<typeof watchTraffic>>;
  const terminals: TestTerminal[] = [];
  const clients: MqttClient[] = [];

  const provision = (id: string, from: PemPair = authority, now = new Date()): Promise<TerminalIdentity> =>
    world.provision(id, broker.url, {
      ca: authority.certificate,
      certify: (csr) => certifyTerminal(from, { csr, terminal: id }, now),
    });
  const terminal = async (identity: TerminalIdentity): Promise<TestTerminal> => {
    const made = await createTerminal(world, identity);
    terminals.push(made);
    return made;
  };
  /** A client that does as it likes, with a terminal's certificate. */
  const intruder = async (
    { broker: { ca, certificate, key } }: TerminalIdentity,
    clientId: string,
    { url = broker.url, ...how }: IClientOptions & { url?: string } = {},
  ) => {
    const client = await connectAsync(url, {
      protocolVersion: 5,
      clientId,
      reconnectPeriod: 0,
      ...how,
      ca: ca ?? '',
      cert: certificate ?? '',
      key: key ?? '',
    });
    client.on('error', () => {});
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    world = await createWorld();
    authority = await createAuthority();
    const server = await certifyBroker(authority, ['localhost', '127.0.0.1']);
    const at = async (name: string, text: string): Promise<string> => {
      const file = join(world.directory, name);
      await writeFile(file, text, { mode: 0o644 });
      return file;
    };
    const carriers = await createAuthority('Countersign carriers');
    const recommended = await createRecommendedMosquitto(
      world.directory,
      mosquittoSettings({
        port: 8883,
        carrierPort: 8884,
        ca: await at('ca.pem', authority.certificate),
        carrierCa: await at('carrier-ca.pem', carriers.certificate),
        certificate: await at('broker.pem', server.certificate),
        key: await at('broker-key.pem', server.key),
        rules: await at('rules.acl', mosquittoRules()),
      }),
    );
    broker = recommended;
    carrierUrl = recommended.carrierUrl;
    await broker.start();
    const own = await certifyCarrier(carriers);
    connection = { ca: authority.certificate, cert: own.certificate, key: own.key };
    carrier = await listen(world, carrierUrl, { connection });
    traffic = await watchTraffic(carrierUrl, connection);
  });
  afterAll(async () => {
    for (const client of clients) client.end(true);
    for (const each of terminals) await each.close();
    await carrier.close();
    await traffic.close();
    await broker.stop();
    await world.close();
  });

  it('carries everything as without TLS', async () => {
    const { uplink, append, confirmed, orders, commands } = await terminal(await provision('tls-1'));
    uplink.start();
    await append(10);
    await until(async () => (await confirmed()) === 10);
    const orderId = await carrier.sendOrder({ terminal: 'tls-1', service: 'new-number' });
    await carrier.sendCommand({ terminal: 'tls-1', command: 'collect-logs' });
    uplink.tellOrderState({ orderId, state: 'consent' });
    await until(() => orders.length === 1 && commands.length === 1 && carrier.results.length === 1);
    await until(() => carrier.states.length === 1 && carrier.statuses.get('tls-1')?.state === 'online');
    const { numbers } = await uplink.ask(
      { number: '11010119900101001X', name: '证件样本' },
      AbortSignal.timeout(10_000),
    );
    expect(numbers).toHaveLength(2);
  });

  it('says nothing that is not as the published schemas have it', async () => {
    await until(() => traffic.kinds().length === NAMES.length);
    expect(traffic.wrong).toEqual([]);
  });

  it("lets a terminal write to none of another's topics, under whatever client id", async () => {
    const victim = await provision('tls-victim');
    const thief = await provision('tls-thief');
    const heard: string[] = [];
    const watcher = await connectAsync(carrierUrl, connection);
    clients.push(watcher);
    watcher.on('message', (topic) => void heard.push(topic));
    await watcher.subscribeAsync(['countersign/v1/tls-victim/#', 'countersign/v1/tls-thief/#'], { qos: 1 });
    for (const clientId of ['tls-thief', 'tls-victim', '', 'countersign.carrier']) {
      const client = await intruder(thief, clientId);
      for (const name of NAMES) {
        // MQTT 5 says 0x87, not authorised; what counts is that nobody hears it.
        const refused = await client
          .publishAsync(topicOf(victim.terminal, name), 'x', { qos: 1 })
          .then(() => undefined)
          .catch((error: { code?: number }) => error.code);
        expect([name, refused]).toEqual([name, 0x87]);
      }
      client.end(true);
    }
    // The same thief on a topic of its own is heard: the watcher works.
    const client = await intruder(thief, 'tls-thief');
    await client.publishAsync(topicOf('tls-thief', 'health'), '{}', { qos: 1 });
    await until(() => heard.length > 0);
    expect(heard).toEqual([topicOf('tls-thief', 'health')]);
  });

  it("lets a terminal read none of another's topics, wildcards included", async () => {
    const victim = await terminal(await provision('tls-read'));
    victim.uplink.start();
    await until(() => victim.uplink.connected);
    const client = await intruder(await provision('tls-spy'), 'tls-spy');
    const heard: string[] = [];
    client.on('message', (topic) => void heard.push(topic));
    const wanted = [
      '#',
      'countersign/#',
      'countersign/v1/+/+',
      'countersign/v1/tls-read/#',
      '$share/a/countersign/#',
    ];
    for (const topic of [...wanted, ...NAMES.map((name) => topicOf('tls-read', name))]) {
      await client.subscribeAsync(topic, { qos: 1 }).catch(() => {});
    }
    await client.subscribeAsync(topicOf('tls-spy', 'order'), { qos: 1 });
    await victim.append(3);
    await carrier.sendOrder({ terminal: 'tls-read', service: 'new-number' });
    await until(async () => victim.orders.length === 1 && (await victim.confirmed()) === 3);
    // An order for the spy itself comes last: what was to come before it has come.
    await carrier.sendOrder({ terminal: 'tls-spy', service: 'new-number' });
    await until(() => heard.length > 0);
    expect(new Set(heard)).toEqual(new Set([topicOf('tls-spy', 'order')]));
  });

  it.each([4, 5] as const)(
    "lets a terminal end no other's connection with its client id, MQTT %i",
    async (version) => {
      const victim = await terminal(await provision(`tls-up-${version}`));
      const thief = await provision(`tls-ender-${version}`);
      const changes: boolean[] = [];
      victim.uplink.start();
      await until(() => victim.uplink.connected);
      victim.uplink.onConnection((connected) => changes.push(connected));
      for (const clean of [true, false]) {
        const client = await intruder(thief, victim.identity.terminal, { protocolVersion: version, clean });
        await client.publishAsync(topicOf(thief.terminal, 'health'), '{}', { qos: 1 });
        const before = await victim.confirmed();
        await victim.append(3);
        await until(async () => (await victim.confirmed()) === before + 3);
        client.end(true);
      }
      expect([changes, victim.uplink.connected]).toEqual([[], true]);
    },
  );

  it.each([4, 5] as const)(
    "lets a terminal take over no other's session with its client id, MQTT %i",
    async (version) => {
      const identity = await provision(`tls-away-${version}`);
      const thief = await provision(`tls-taker-${version}`);
      const before = await createTerminal(world, identity);
      before.uplink.start();
      await until(() => before.uplink.connected);
      await before.close();
      await carrier.sendOrder({ terminal: identity.terminal, service: 'new-number' });
      const heard: string[] = [];
      for (const clean of [false, true]) {
        const client = await intruder(thief, identity.terminal, {
          protocolVersion: version,
          clean,
          ...(version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}),
        });
        client.on('message', (topic) => void heard.push(topic));
        // An order for the thief itself comes last: what was to come before it has come.
        await client.subscribeAsync(topicOf(thief.terminal, 'order'), { qos: 1 });
        await carrier.sendOrder({ terminal: thief.terminal, service: 'new-number' });
        await until(() => heard.includes(topicOf(thief.terminal, 'order')));
        client.end(true);
      }
      expect(new Set(heard)).toEqual(new Set([topicOf(thief.terminal, 'order')]));
      const after = await terminal(identity);
      after.uplink.start();
      await until(() => after.orders.length === 1);
    },
  );

  it("opens the carriers' door to no terminal, and the terminals' to no carrier", async () => {
    const thief = await provision('tls-climber');
    await expect(intruder(thief, 'tls-1', { url: carrierUrl })).rejects.toThrow();
    await expect(connectAsync(broker.url, { ...connection, reconnectPeriod: 0 })).rejects.toThrow();
  });

  it('lets a terminal try its next certificate while it is connected with the present one', async () => {
    const { uplink, orders, append, confirmed } = await terminal(await provision('tls-next'));
    const next = await provision('tls-next');
    const changes: boolean[] = [];
    uplink.start();
    await until(() => uplink.connected);
    uplink.onConnection((connected) => changes.push(connected));
    await tryBroker({ terminal: 'tls-next', ...QUICK }, next.broker);
    await until(() => changes.length === 2 && uplink.connected);
    await carrier.sendOrder({ terminal: 'tls-next', service: 'new-number' });
    await until(() => orders.length === 1);
    // Once is all: the two do not throw each other off again and again.
    expect(changes).toEqual([false, true]);
    const refused = await provision('tls-other', await createAuthority('Somebody else'));
    await expect(tryBroker({ terminal: 'tls-next', ...QUICK }, { ...refused.broker })).rejects.toMatchObject({
      code: expect.stringMatching(/^UPLINK_/),
    });
    await append(2);
    await until(async () => (await confirmed()) === 2);
    expect(changes).toEqual([false, true]);
  });

  it.each([
    ['of another authority', async () => provision('tls-foreign', await createAuthority('Somebody else'))],
    [
      'that has expired',
      async () => provision('tls-expired', authority, new Date(Date.now() - 400 * 86_400_000)),
    ],
  ])('refuses a certificate %s, says so, and keeps the reports', async (_what, make) => {
    const { uplink, append, outbox } = await terminal(await make());
    await append(2);
    uplink.start();
    await until(async () => /UPLINK_(LOST|REFUSED).*reason/.test((await uplink.check()).detail ?? ''));
    expect(uplink.connected).toBe(false);
    expect(await outbox.counts()).toMatchObject({ waiting: 2, confirmed: 0 });
  });

  it('connects to no broker with a certificate of another authority, and never in the clear', async () => {
    const identity = await provision('tls-careful');
    const stranger = await createAuthority('Somebody else');
    const { uplink } = await terminal({
      ...identity,
      broker: { ...identity.broker, ca: stranger.certificate },
    });
    uplink.start();
    await until(async () => (await uplink.check()).detail?.includes('reason') === true);
    expect(uplink.connected).toBe(false);
    const plain = mqtt.connect(broker.url.replace('mqtts', 'mqtt'), {
      reconnectPeriod: 0,
      connectTimeout: 2000,
    });
    plain.on('error', () => {});
    clients.push(plain);
    await new Promise<void>((resolve) => plain.once('close', () => resolve()));
    expect(plain.connected).toBe(false);
  });
});
