import type { Packet } from 'mqtt-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  acknowledge,
  type FakeAnswer,
  type FakeBroker,
  obliging,
  startFakeBroker,
} from './uplink-fake-broker.js';
import { createTerminal, createWorld, type TestTerminal, until, type World } from './uplink-world.js';

/** Reason codes of CONNACK that refuse: MQTT 5 §3.2.2.2, and 3.1.1 §3.2.2.3. */
const REFUSALS_5 = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
  0x9c, 0x9d, 0x9f,
];
const REFUSALS_311 = [1, 2, 3, 4, 5];
/** DISCONNECT from the server: MQTT 5 §3.14.2.1. */
const GOODBYES = [0x80, 0x81, 0x82, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x95, 0x97, 0x98, 0x9c, 0x9d];

describe('brokers that misbehave', () => {
  let world: World;
  let broker: FakeBroker;
  let made: TestTerminal | undefined;
  let count = 0;

  const terminal = async (options = {}): Promise<TestTerminal> => {
    broker = await startFakeBroker();
    made = await createTerminal(world, await world.provision(`odd-${count++}`, broker.url), {
      reconnectFirstMs: 5,
      reconnectMostMs: 20,
      ...options,
    });
    return made;
  };
  const detail = async (): Promise<string> => (await made?.uplink.check())?.detail ?? '';

  beforeAll(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await made?.close();
    made = undefined;
    await broker.close();
  });
  afterAll(() => world.close());

  it.each([
    ...REFUSALS_5.map((code) => ['5', code] as const),
    ...REFUSALS_311.map((code) => ['3.1.1', code] as const),
  ])('MQTT %s, CONNACK %i: says so, tries again, and connects when it is let in', async (protocol, code) => {
    const { uplink } = await terminal({ protocol });
    let hangsUp = false;
    broker.answer = (packet, peer) => {
      if (packet.cmd !== 'connect') return;
      peer.send({ cmd: 'connack', reasonCode: code, returnCode: code, sessionPresent: false });
      // Some close at once, some leave the socket open.
      hangsUp = !hangsUp;
      if (hangsUp) peer.hangUp();
    };
    uplink.start();
    await until(() => broker.connects.length >= 4);
    await until(async () => (await detail()).includes(`UPLINK_REFUSED (reason ${code})`));
    broker.answer = obliging;
    await until(() => uplink.connected);
    expect(await detail()).toContain(`connected, MQTT ${protocol}`);
  });

  it.each(GOODBYES)('MQTT 5, DISCONNECT %i: says so and comes back', async (code) => {
    const { uplink } = await terminal({ protocol: '5' });
    let goodbyes = 0;
    broker.answer = (packet, peer) => {
      obliging(packet, peer);
      if (packet.cmd !== 'publish' || goodbyes > 1) return;
      goodbyes++;
      peer.send({ cmd: 'disconnect', reasonCode: code });
      peer.hangUp();
    };
    const losses: boolean[] = [];
    uplink.onConnection((connected) => losses.push(connected));
    uplink.start();
    await until(() => broker.connects.length >= 3 && uplink.connected);
    expect(goodbyes).toBe(2);
  });

  it('speaks 3.1.1 to a broker that hangs up on version 5, and remembers it', async () => {
    const { uplink } = await terminal({ protocol: 'auto' });
    broker.answer = (packet, peer) => {
      if (packet.cmd === 'connect' && packet.protocolVersion === 5) {
        peer.send({ cmd: 'connack', reasonCode: 0x84, sessionPresent: false });
        peer.hangUp();
      } else obliging(packet, peer);
    };
    uplink.start();
    await until(() => uplink.connected);
    expect(broker.connects.map(({ version }) => version)).toEqual([5, 4]);
  });

  it.each([1, 3, 20])(
    'never has more than the Receive Maximum of %i unacknowledged',
    async (receiveMaximum) => {
      const { uplink, append } = await terminal({ protocol: '5', window: 50 });
      let open = 0;
      let most = 0;
      let reports = 0;
      broker.answer = (packet, peer) => {
        if (packet.cmd === 'connect') {
          peer.send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { receiveMaximum } });
        } else if (packet.cmd === 'publish' && packet.qos === 1) {
          open++;
          most = Math.max(most, open);
          if (packet.topic.endsWith('/report')) reports++;
          setTimeout(() => {
            open--;
            acknowledge(packet.messageId, peer);
          }, 20);
        } else obliging(packet, peer);
      };
      await append(receiveMaximum + 5);
      uplink.start();
      // Without receipts the window of reports stays as large as what the broker allows; two more as these are live.
      await until(() => reports === receiveMaximum + 2);
      uplink.tellFaults(['CARD_READER_GONE']);
      uplink.tellOrderState({ orderId: 'order-1', state: 'waiting' });
      await until(() => open === 0);
      expect(most).toBeLessThanOrEqual(receiveMaximum);
      expect(reports).toBe(receiveMaximum + 2);
    },
  );

  it.each(['while nothing is said', 'while reports are sent'])(
    'notices a line that went mute %s',
    async (when) => {
      // Keep-alive 1 s: a mute line is noticed within 1.5 s; the time itself belongs to no test.
      const { uplink, append } = await terminal({ keepAliveSeconds: 1 });
      uplink.start();
      await until(() => uplink.connected);
      const before = broker.connects.length;
      // Only this connection is mute: whoever connects anew is answered.
      broker.answer = (packet, peer) => {
        if (peer.index > before) obliging(packet, peer);
      };
      if (when.includes('reports')) await append(3);
      await until(() => broker.connects.length > before);
      await until(() => uplink.connected);
    },
  );

  const mute =
    (cmd: Packet['cmd']): FakeAnswer =>
    (packet, peer) => {
      if (packet.cmd !== cmd) obliging(packet, peer);
    };
  it.each([
    ['answers pings and never acknowledges', mute('publish')],
    ['answers pings and never grants a subscription', mute('subscribe')],
    [
      'refuses the subscription',
      ((packet, peer) => {
        if (packet.cmd !== 'subscribe') obliging(packet, peer);
        else
          peer.send({
            cmd: 'suback',
            messageId: packet.messageId ?? 0,
            granted: packet.subscriptions.map(() => 128),
          });
      }) satisfies FakeAnswer,
    ],
  ])('gives up a broker that %s, and tries again', async (_what, answer) => {
    const { uplink } = await terminal({ keepAliveSeconds: 1 });
    broker.answer = answer;
    uplink.start();
    await until(() => broker.connects.length >= 3);
    expect(uplink.connected).toBe(false);
    broker.answer = obliging;
    await until(() => uplink.connected);
  });

  it.each([
    ['a packet of 256 MB is announced', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
    ['a length that no packet has', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a packet of an unknown kind', Buffer.from([0x00, 0x02, 1, 2])],
    ['a publish cut short', Buffer.from([0x32, 0x05, 0x00, 0x20, 0x61, 0x61, 0x61])],
  ])('hangs up and comes back when %s', async (_what, bytes) => {
    const { uplink } = await terminal();
    uplink.start();
    await until(() => uplink.connected);
    const before = broker.connects.length;
    broker.answer = (packet, peer) => {
      if (packet.cmd === 'publish') peer.raw(bytes);
      else obliging(packet, peer);
    };
    uplink.tellFaults(['CARD_READER_GONE']);
    await until(() => broker.connects.length > before);
    broker.answer = obliging;
    await until(() => uplink.connected);
  });

  it('drops messages on topics that are not its own, however they got there', async () => {
    const { uplink, orders, commands } = await terminal({ protocol: '3.1.1' });
    const topics = [
      'countersign/v1/other/order',
      '$SYS/x',
      'countersign/v1/odd/order/state',
      'a',
      '\u{10ffff}',
    ];
    broker.answer = (packet, peer) => {
      obliging(packet, peer);
      if (packet.cmd !== 'subscribe') return;
      for (const topic of topics) {
        peer.send({ cmd: 'publish', topic, payload: 'x', qos: 0, dup: false, retain: false });
      }
    };
    uplink.start();
    await until(async () => (await detail()).includes(`${topics.length} messages dropped`));
    expect([...orders, ...commands]).toEqual([]);
  });

  it('stops within a second, whatever the broker is doing', async () => {
    const { uplink } = await terminal();
    broker.answer = mute('subscribe');
    uplink.start();
    await until(() => broker.connects.length > 0);
    await uplink.close();
    expect(uplink.connected).toBe(false);
  });
});
