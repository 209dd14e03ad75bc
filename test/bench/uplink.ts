import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectAsync } from 'mqtt';
import { v7 } from 'uuid';
import { receiptSchema } from '#built/contract/carrier-messages.js';
import { TYP } from '#built/contract/envelope.js';
import { topicOf } from '#built/contract/topics.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { createUplink } from '#built/uplink/create-uplink.js';
import { createMosquitto } from '../integration/mqtt-broker.js';
import { clock, createWorld, draft, openQueue, type World } from '../integration/uplink-world.js';

const REPORTS = Number(process.env['BENCH_REPORTS'] ?? 10_000);
/** Rounds of the pair that is judged, and of each other bare client. */
const ROUNDS = 15;
const ROUNDS_OF_OTHERS = 5;
/** First of all, told apart: code is being compiled on both sides, and a terminal runs for years. */
const COLD_ROUNDS = 3;
const WINDOW = Number(process.env['BENCH_WINDOW'] ?? 20);
const TERMINAL = 'bench-1';
/** On topics of its own: its receipts would lie in the broker's session of ours. */
const BARE_TERMINAL = 'bench-bare';
const PEER = fileURLToPath(new URL('./uplink-peer.mjs', import.meta.url));
/** Lines of mosquitto that let both sides run freely. */
const BROKER = ['allow_anonymous true', 'max_inflight_messages 1000', 'set_tcp_nodelay true'];

interface Speed {
  readonly perSecond: number;
  /** Processor time of this process for a report, all its threads. */
  readonly cpuUs: number;
}

/**
 * A queue of reports drained to signed receipts, beside bare MQTT.js that publishes the same reports with the same
 * window, in turns, each of the two first in every other round. Ours is receipted as the reference carrier does it, one
 * signature over what came at the same time. Bare MQTT.js gets an answer for each report without a signature; the very
 * same receipts, which it only counts; a signed receipt for each report, which it counts; and the last once more, which
 * it checks. Broker and far side share the machine's processors with either.
 */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const world = await createWorld();
  const directory = await mkdtemp(join(tmpdir(), 'uplink-bench-'));
  const broker = await createMosquitto(directory, BROKER, { logs: false });
  await broker.start();
  const identity = await world.provision(TERMINAL, broker.url);
  const bodies = await fill(world, identity);
  const state = join(world.directory, TERMINAL);
  // Filled once and put back for each round: a terminal that drains a backlog has not just made it.
  const full = `${state}.full`;
  await cp(state, full, { recursive: true });
  const bareOnce = (how: Bare) => bare(identity, { url: broker.url, bodies, how });
  // The far side is a service that has run for long: one process each serves all rounds.
  const echo = await startPeer(broker.url, 'echo', world);
  const gathered = await startPeer(broker.url, 'gathered', world);
  const pairs: Pair[] = [];
  for (let round = 0; round < COLD_ROUNDS + ROUNDS; round++) {
    await rm(state, { recursive: true });
    await cp(full, state, { recursive: true });
    // What the copying left to be written would be written in the middle of a measurement.
    await promisify(execFile)('sync');
    const first = round % 2 === 0 ? await bareOnce('unsigned') : undefined;
    const drained = await drain(world, identity);
    pairs.push({ drained, unsigned: first ?? (await bareOnce('unsigned')) });
  }
  const same = await repeat(ROUNDS_OF_OTHERS, () => bareOnce('gathered'));
  await Promise.all([stopPeer(echo), stopPeer(gathered)]);
  const receipts = await startPeer(broker.url, 'receipts', world);
  const counting = await repeat(ROUNDS_OF_OTHERS, () => bareOnce('counting'));
  const verifying = await repeat(ROUNDS_OF_OTHERS, () => bareOnce('verifying'));
  await stopPeer(receipts);
  await broker.stop();
  await world.close();
  await rm(directory, { recursive: true });
  const cold = pairs.splice(0, COLD_ROUNDS).map(ratioOf);
  const ratios = pairs.map(ratioOf);
  const speeds = {
    drained: pairs.map(({ drained }) => drained),
    unsigned: pairs.map(({ unsigned }) => unsigned),
    gathered: same,
    counting,
    verifying,
  };
  const rate = (how: keyof typeof speeds) => median(speeds[how].map(({ perSecond }) => perSecond));
  const cpu = (how: keyof typeof speeds) => median(speeds[how].map(({ cpuUs }) => cpuUs));
  return {
    name: 'uplink',
    figures: {
      'reports in the queue': REPORTS,
      'bytes of a report': bodies[0]?.length ?? 0,
      window: WINDOW,
      'queue drained to signed receipts, reports a second (median)': rate('drained'),
      'bare MQTT.js QoS 1, answered without a signature, a second (median)': rate('unsigned'),
      'ratio drained / bare (at least 0.7), median of the rounds': median(ratios),
      'ratio drained / bare, worst and best round': `${Math.min(...ratios).toFixed(2)} ${Math.max(...ratios).toFixed(2)}`,
      'ratio drained / bare, the rounds before, cold': cold.map((ratio) => ratio.toFixed(2)).join(' '),
      'bare, the same receipts as ours, counted, a second (median)': rate('gathered'),
      'ratio drained / bare with the same receipts': rate('drained') / rate('gathered'),
      'bare, a signed receipt for each report, counted, a second (median)': rate('counting'),
      'ratio drained / bare with signed receipts': rate('drained') / rate('counting'),
      'bare, receipts verified with jose, a second (median)': rate('verifying'),
      'ratio drained / bare that verifies': rate('drained') / rate('verifying'),
      'processor time of a report, us: drained': cpu('drained'),
      'processor time of a report, us: bare': cpu('unsigned'),
      'processor time of a report, us: bare that verifies': cpu('verifying'),
    },
  };
}

/** One round of the two that are compared. */
interface Pair {
  readonly drained: Speed;
  readonly unsigned: Speed;
}

function ratioOf({ drained, unsigned }: Pair): number {
  return drained.perSecond / unsigned.perSecond;
}

async function repeat(times: number, measure: () => Promise<Speed>): Promise<Speed[]> {
  const speeds: Speed[] = [];
  while (speeds.length < times) speeds.push(await measure());
  return speeds;
}

/** Fills a terminal's durable queue; resolves with the reports. */
async function fill(world: World, identity: TerminalIdentity): Promise<string[]> {
  const queue = await openQueue(world, identity);
  const sealed = await draft(identity);
  for (let done = 0; done < REPORTS; done += 500) {
    const batch = Math.min(500, REPORTS - done);
    await Promise.all(
      // Sealing each anew would only slow the filling.
      Array.from({ length: batch }, () => queue.append({ ...sealed, id: v7() })),
    );
  }
  const entries = await queue.take(REPORTS, new Set());
  await queue.close();
  return entries.map(({ jws }) => jws);
}

async function drain(world: World, identity: TerminalIdentity): Promise<Speed> {
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
  const connected = new Promise<ReturnType<typeof startWatch>>((resolve) => {
    uplink.onConnection((up) => up && resolve(startWatch()));
  });
  uplink.start();
  const stop = await connected;
  while ((await outbox.counts()).confirmed < REPORTS) await sleep(5);
  const speed = stop(REPORTS);
  await uplink.close();
  await outbox.close();
  return speed;
}

type Bare = 'unsigned' | 'gathered' | 'counting' | 'verifying';

/** Publishes, waits for the answer, keeps a window of reports open: nothing else. */
async function bare(
  { envelope }: TerminalIdentity,
  { url, bodies, how }: { url: string; bodies: readonly string[]; how: Bare },
): Promise<Speed> {
  const signed = how !== 'unsigned';
  const client = await connectAsync(url, { protocolVersion: 5, properties: { receiveMaximum: 1000 } });
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  await client.subscribeAsync(signed ? topicOf(BARE_TERMINAL, 'receipt') : 'bench/answer', { qos: 1 });
  const topic = signed ? topicOf(BARE_TERMINAL, 'report') : 'bench/ask';
  let asked = 0;
  let answered = 0;
  const stop = startWatch();
  await new Promise<void>((resolve, reject) => {
    const ask = (): void => {
      const body = bodies[asked++];
      if (body !== undefined) client.publish(topic, body, { qos: 1 });
    };
    const count = (reports = 1): void => {
      answered += reports;
      if (answered === bodies.length) resolve();
      for (let next = 0; next < reports; next++) ask();
    };
    client.on('message', (_topic, payload) => {
      if (how === 'gathered') count(reportsIn(payload));
      else if (how !== 'verifying') count();
      else envelope.verify(TYP.receipt, payload.toString('latin1')).then(() => count(), reject);
    });
    for (let open = 0; open < WINDOW; open++) ask();
  });
  const speed = stop(bodies.length);
  await client.endAsync(true);
  return speed;
}

function reportsIn(receipt: Buffer): number {
  const claims = Buffer.from(receipt.toString('latin1').split('.')[1] ?? '', 'base64url').toString();
  return 1 + (receiptSchema.parse(JSON.parse(claims)).also?.length ?? 0);
}

function startWatch(): (reports: number) => Speed {
  const began = performance.now();
  const before = process.cpuUsage();
  return (reports) => {
    const took = performance.now() - began;
    const { user, system } = process.cpuUsage(before);
    return { perSecond: (reports * 1000) / took, cpuUs: (user + system) / reports };
  };
}

async function startPeer(
  url: string,
  how: 'echo' | 'receipts' | 'gathered',
  world: World,
): Promise<ChildProcess> {
  const keys = JSON.stringify({ ...world.keys.signing[0], terminal: TERMINAL });
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
