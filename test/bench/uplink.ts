import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { createUplink } from '#built/uplink/create-uplink.js';
import { createMosquitto } from '../integration/mqtt-broker.js';
import { clock, createWorld, draft, openQueue, type World } from '../integration/uplink-world.js';

const REPORTS = Number(process.env['BENCH_REPORTS'] ?? 10_000);
const ROUNDS = 3;
const WINDOW = 20;
const PEER = fileURLToPath(new URL('./uplink-peer.mjs', import.meta.url));
/** Lines of mosquitto that let both sides run freely. */
const BROKER = ['allow_anonymous true', 'max_inflight_messages 1000', 'set_tcp_nodelay true'];

/** A queue of reports drained to signed receipts, beside bare MQTT.js asking and being answered, in turns. */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const world = await createWorld();
  const broker = await createMosquitto(await mkdtemp(join(tmpdir(), 'uplink-bench-')), BROKER);
  await broker.start();
  const bare: number[] = [];
  const drained: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const terminal = `bench-${round}`;
    bytes = await fill(world, terminal, broker.url);
    bare.push(await askBare(broker.url, bytes));
    drained.push(await drain(world, terminal, broker.url));
  }
  await broker.stop();
  await world.close();
  const ratios = drained.map((rate, round) => rate / (bare[round] ?? Number.NaN));
  return {
    name: 'uplink',
    figures: {
      'reports in the queue': REPORTS,
      'bytes of a report': bytes,
      window: WINDOW,
      'bare MQTT.js QoS 1, asked and answered, a second (median)': median(bare),
      'queue drained to signed receipts, reports a second (median)': median(drained),
      'ratio drained / bare, median of the rounds (at least 0.7)': median(ratios),
      'ratio drained / bare, worst round': Math.min(...ratios),
    },
  };
}

/** Fills a terminal's durable queue; resolves with the length of a report. */
async function fill(world: World, terminal: string, url: string): Promise<number> {
  const identity = await world.provision(terminal, url);
  const queue = await openQueue(world, identity);
  const sealed = await draft(identity);
  for (let done = 0; done < REPORTS; done += 500) {
    const batch = Math.min(500, REPORTS - done);
    await Promise.all(
      Array.from({ length: batch }, async () => queue.append({ ...sealed, ...(await fresh(identity)) })),
    );
  }
  const [first] = await queue.take(1, new Set());
  await queue.close();
  return first?.jws.length ?? 0;
}

/** A draft with an id of its own; sealing anew would only slow the filling. */
async function fresh(identity: Parameters<typeof draft>[0]): Promise<{ id: string }> {
  const { id } = await draft(identity);
  return { id };
}

async function drain(world: World, terminal: string, url: string): Promise<number> {
  const identity = await world.provision(terminal, url);
  const [signing] = world.keys.signing;
  const peer = await startPeer(url, 'receipts', JSON.stringify({ ...signing, terminal }));
  const outbox = await openQueue(world, identity);
  const uplink = createUplink(
    {
      protocol: '5',
      keepAliveSeconds: 30,
      window: WINDOW,
      backlogPerSecond: 1_000_000,
      reconnectFirstMs: 100,
      reconnectMostMs: 1000,
      software: 'bench',
    },
    { outbox, identity, clock, handlers: { onOrder: () => {}, onCommand: async () => ({ result: 'done' }) } },
  );
  const connected = new Promise<number>((resolve) => {
    uplink.onConnection((up) => up && resolve(performance.now()));
  });
  uplink.start();
  const began = await connected;
  while ((await outbox.counts()).confirmed < REPORTS) await sleep(5);
  const took = performance.now() - began;
  await uplink.close();
  await outbox.close();
  await stopPeer(peer);
  return (REPORTS * 1000) / took;
}

/** Publishes, waits for the peer's answer, keeps a window of questions open: nothing else. */
async function askBare(url: string, bytes: number): Promise<number> {
  const peer = await startPeer(url, 'echo');
  const client = await connectAsync(url, { protocolVersion: 5, properties: { receiveMaximum: 1000 } });
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  await client.subscribeAsync('bench/answer', { qos: 1 });
  const payload = 'p'.repeat(bytes);
  let asked = 0;
  let answered = 0;
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const ask = (): void => {
      if (asked >= REPORTS) return;
      asked++;
      client.publish('bench/ask', payload, { qos: 1 });
    };
    client.on('message', () => {
      answered++;
      if (answered === REPORTS) resolve();
      else ask();
    });
    for (let open = 0; open < WINDOW; open++) ask();
  });
  const took = performance.now() - began;
  await client.endAsync(true);
  await stopPeer(peer);
  return (REPORTS * 1000) / took;
}

async function startPeer(url: string, how: 'echo' | 'receipts', keys = '{}'): Promise<ChildProcess> {
  const peer = fork(PEER, [url, how, keys], { execArgv: [] });
  await once(peer, 'message');
  return peer;
}

async function stopPeer(peer: ChildProcess): Promise<void> {
  const ended = once(peer, 'exit');
  peer.disconnect();
  await ended;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
