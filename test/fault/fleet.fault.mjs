import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { topicOf } from '#built/contract/topics.js';
import { curveOf, drawn, openFrontDoor, peakOf } from './parts/front-door.mjs';
import { holds, ownDirectory, startLines } from './parts/line-child.mjs';
import { createMosquitto } from './parts/mosquitto.mjs';

const PROCESSES = 4;
const MOST_RATIO = 2;

/**
 * `count` terminals on one mosquitto behind a door that admits so many connections a second and resets the rest, as a
 * load balancer does; the broker is killed and comes back. Judged is what the door saw in the seconds after: never more
 * than twice the admitted rate in any second, and all back, by the terminals' word and by the broker's. A control of
 * the same uplinks that wait one second each time has to exceed it.
 *
 * The ratio rests on three numbers: terminals, outage, rate. Under the bar are the two of `SCENES`; `--rate R` and
 * `--outage S` look at another, and `--hangs-up` at a door that closes politely instead of with a reset.
 */
const SCENES = [
  { name: 'restart', outageMs: 10_000, share: 1 / 10 },
  { name: 'outage', outageMs: 60_000, share: 1 / 50 },
];

export async function run({ count = 1000, seed = 1, rate, outage, hangsUp = false, control = false }) {
  const scenes =
    rate === undefined && outage === undefined
      ? SCENES.map(({ share, ...scene }) => ({ ...scene, rate: count * share }))
      : [{ name: 'asked', outageMs: (outage ?? 10) * 1000, rate: rate ?? count / 10 }];
  const figures = { terminals: count };
  let ok = true;
  for (const { name, ...scene } of scenes) {
    const seen = await herd({ ...scene, count, seed, hangsUp, fixed: control });
    process.stderr.write(`${name}${control ? ', one second each time' : ''}:\n${drawn(seen.curve)}\n`);
    delete seen.curve;
    figures[name] = seen;
    const good = seen.peakRatio <= MOST_RATIO && seen.missing === 0;
    // The control must exceed the rate; that a terminal is missing would prove nothing.
    ok &&= control ? seen.peakRatio > MOST_RATIO : good;
  }
  return { ok, figures };
}

async function herd({ count, seed, rate, outageMs, hangsUp, fixed }) {
  const directory = ownDirectory('fleet-');
  const broker = await createMosquitto(directory, { lines: ['max_connections -1'] });
  await broker.start();
  const door = await openFrontDoor(broker.port, { hangsUp });
  const observer = await observe(broker.url);
  /** The terminals' own word. */
  const up = new Set();
  const onLine = (verb, terminal) => (verb === 'up' ? up.add(terminal) : up.delete(terminal));
  const part = Math.ceil(count / PROCESSES);
  const children = [];
  try {
    for (let from = 0; from < count; from += part) {
      const some = ['--from', from, '--count', Math.min(part, count - from)].map(String);
      const words = ['--url', door.url, '--seed', String(seed), ...some, ...(fixed ? ['--fixed'] : [])];
      children.push(startLines('fleet-process', words, { onLine }));
    }
    await Promise.all(children.map((each) => each.started));
    for (const each of children) each.tell('start');
    const all = () => up.size === count && observer.online.size === count;
    if (!(await holds(all, 120_000))) throw new Error(`only ${up.size} of ${count} came at all`);
    // Only a fleet that has not begun to wait longer is the worst case.
    const refusedBefore = door.attempts.filter(({ admitted }) => !admitted).length;
    if (refusedBefore > 0 || door.attempts.length !== count)
      throw new Error('some had to try more than once');

    door.shut();
    const killedAt = performance.now();
    await broker.stop('SIGKILL');
    observer.online.clear();
    if (!(await holds(() => up.size === 0, 10_000))) throw new Error('some did not notice');
    await sleep(Math.max(0, killedAt + outageMs - performance.now()));
    await broker.start();
    await observer.back();
    door.open(rate);
    const openedAt = performance.now();
    const isBack = await holds(all, fixed ? 20_000 : 900_000);
    const backAt = performance.now();
    const peak = peakOf(door.attempts, openedAt, backAt);
    const after = door.attempts.filter(({ at }) => at >= openedAt);
    return {
      outageSeconds: outageMs / 1000,
      admittedPerSecond: rate,
      peakPerSecond: peak,
      peakRatio: Number((peak / rate).toFixed(2)),
      peakWhileBrokerAway: peakOf(door.attempts, killedAt, openedAt),
      missing: count - Math.min(up.size, observer.online.size),
      allBackSeconds: isBack ? Number(((backAt - openedAt) / 1000).toFixed(1)) : null,
      attemptsAfter: after.length,
      admitted: after.filter(({ admitted }) => admitted).length,
      curve: curveOf(door.attempts, openedAt, backAt),
    };
  } finally {
    await Promise.all(children.map((each) => each.kill()));
    await observer.end();
    await door.close();
    await broker.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The broker's word: who is online, by the status that each publishes on a new connection. */
async function observe(url) {
  const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 100, resubscribe: false });
  const online = new Set();
  client.on('error', () => {});
  client.on('message', (topic, payload) => {
    const [, , terminal] = topic.split('/');
    if (JSON.parse(payload.toString()).state === 'online') online.add(terminal);
    else online.delete(terminal);
  });
  const listen = () => client.subscribeAsync(topicOf('+', 'status'), { qos: 1 });
  await listen();
  return {
    online,
    async back() {
      if (!(await holds(() => client.connected, 10_000))) throw new Error('the observer is not back');
      await listen();
    },
    end: () => client.endAsync(true),
  };
}
