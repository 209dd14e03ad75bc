import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { makeField } from './parts/field.mjs';
import { createLedgers, isWhole, spread } from './parts/ledgers.mjs';
import { holds, ownDirectory, startLines } from './parts/line-child.mjs';
import { createMosquitto } from './parts/mosquitto.mjs';
import { createRandom } from './parts/random.mjs';

const TERMINAL = 'month-1';
const VISITS_A_DAY = 200;
const DAY_MS = 86_400_000;
const AT_ONCE = 4;
/** A power cut each so many days: the month outlives several processes. */
const LIFE_DAYS = 10;
const DEFAULT_RATE = 2;
const LIVE_P99_MS = 5000;

/**
 * `count` reports pile up in the real outbox while there is no network, at 200 visits a day of the terminal's clock;
 * then a real mosquitto and the reference carrier are there and the month drains, while reports of people at the counter
 * keep coming. First with the uplink's defaults (window 20, 2 reports a second) for a while, then at `rate`, which the
 * carrier sets by a signed command; `--rate 2` stays with the defaults to the end. The controls: a queue that sends
 * in order of arrival has to fail the live reports, one that trusts the broker's word has to lose some.
 */
export async function run({ count = 6000, seed = 1, store = 'sqlite3', rate = 100, control = false }) {
  if (!control) {
    const figures = await month({ count, seed, store, rate });
    return { ok: whole(figures) && figures.live.all.p99 <= LIVE_P99_MS, figures };
  }
  const fifo = await month({ count, seed, store, rate, weaken: 'fifo' });
  const puback = await month({ count, seed, store, rate, weaken: 'puback' });
  const ok = !(fifo.live.all.p99 <= LIVE_P99_MS) && puback.lost > 0;
  return { ok, figures: { fifo, puback } };
}

const whole = (figures) =>
  isWhole(figures) && figures.disorder === 0 && figures.left === 0 && figures.live.overtook > 0;

async function month({ count, seed, store, rate, weaken = 'none' }) {
  const directory = ownDirectory('offline-month-');
  const trial = await createTrial({ directory, count, seed, store, rate, weaken });
  try {
    const figures = await trial.pileUp();
    Object.assign(figures, await (weaken === 'puback' ? trial.trustBroker() : trial.drain()));
    return { ...figures, ...trial.verdict() };
  } finally {
    await trial.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function createTrial({ directory, count, seed, store, rate, weaken }) {
  const random = createRandom(seed);
  // mosquitto's own default is 1,000 messages; smaller trials keep the proportion.
  const queued = Math.min(1000, Math.ceil(count / 6));
  const broker = await createMosquitto(directory, { lines: [`max_queued_messages ${queued}`] });
  const files = await makeField(directory, { url: broker.url, terminals: [TERMINAL] });
  const ledgers = createLedgers();
  const live = { defaults: [], raised: [], ids: new Set(), seqs: new Set(), firsts: 0, overtook: 0 };
  const open = new Set();
  const state = { phase: 'defaults', gone: 0, checked: 0, ups: 0, results: 0, counts: undefined };
  let terminal;
  let carrier;

  const heard = {
    ack(id, seq, hash) {
      ledgers.acknowledge(id, seq, hash);
      open.delete(id);
      if (live.ids.has(id)) live.seqs.add(Number(seq));
    },
    refused: () => ledgers.counters.refused++,
    gone(seq, ms) {
      if (Number(seq) <= count) state.gone++;
      if (!live.seqs.has(Number(seq)) || ms === '-1') return;
      live[state.phase].push(Number(ms));
      if (state.gone < count) live.overtook++;
    },
    checked: (ok) => state.checked++ + (ok === 'true' ? 0 : ledgers.counters.refused++),
    counts: (...three) => {
      state.counts = three.map(Number);
    },
    link: (how) => how === 'up' && state.ups++,
  };
  const said = {
    kept: (_, seq, id, hash, previous, how, restarted) =>
      ledgers.kept(seq, id, hash, previous, how, restarted),
    wire: (_, seq) => ledgers.passed(seq),
    result: () => state.results++,
  };
  const startTerminal = async () => {
    const words = ['--directory', join(directory, TERMINAL), '--store', store, '--weaken', weaken];
    const onLine = (verb, ...rest) => heard[verb]?.(...rest);
    terminal = startLines('uplink-process', words, { onLine });
    await terminal.started;
  };
  const startCarrier = async (more = []) => {
    const words = ['--url', broker.url, '--keys', files.keys, '--store', files.store, ...more];
    carrier = startLines('carrier-process', words, { onLine: (verb, ...rest) => said[verb]?.(...rest) });
    await carrier.started;
  };
  const mustHold = async (what, condition, withinMs) => {
    if (!(await holds(condition, withinMs))) throw new Error(`did not come to hold: ${what}`);
  };
  const append = (id, ...at) => {
    open.add(id);
    terminal.tell(['append', id, ...at].join(' '));
  };

  /** People keep coming to the counter, at random, as long as `on` says. */
  const liveReports = async (on, meanMs) => {
    while (on()) {
      await sleep(Math.min(-Math.log(1 - random.next()) * meanMs, meanMs * 6));
      const id = v7();
      live.ids.add(id);
      append(id);
    }
  };
  const size = (name) => statSync(join(directory, TERMINAL, name), { throwIfNoEntry: false })?.size ?? 0;

  return {
    /** Without a network, and with the power cut now and then. */
    async pileUp() {
      const began = performance.now();
      const spacing = DAY_MS / VISITS_A_DAY;
      const monthBegan = Date.now() - count * spacing;
      let lives = 0;
      for (let done = 0; done < count; ) {
        const mine = Math.min(count - done, VISITS_A_DAY * LIFE_DAYS);
        await startTerminal();
        terminal.tell('connect');
        lives++;
        for (let index = 0; index < mine; index++) {
          const at = Math.round(monthBegan + (done + index) * spacing);
          await mustHold('an append', () => open.size < AT_ONCE, 60_000);
          append(v7({ msecs: at }), at);
          if (index % VISITS_A_DAY === VISITS_A_DAY - 1) terminal.tell('check');
        }
        await mustHold('all of a life acknowledged', () => open.size === 0, 60_000);
        await terminal.kill();
        done += mine;
      }
      const megabytes = Number((size('outbox.sqlite') / 1e6).toFixed(1));
      const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
      const connectedWhileOffline = state.ups;
      return {
        days: count / VISITS_A_DAY,
        lives,
        checks: state.checked,
        fill: { seconds, megabytes },
        connectedWhileOffline,
      };
    },
    async drain() {
      await startTerminal();
      await broker.start();
      await startCarrier();
      const began = performance.now();
      const most = (count / Math.min(rate, DEFAULT_RATE * 50)) * 3000 + 120_000;
      const slow = rate <= DEFAULT_RATE;
      let coming = true;
      terminal.tell('connect');
      const people = liveReports(() => coming, slow ? 1000 : 150);
      await mustHold('a connection', () => state.ups > 0, 60_000);
      const drained = () => state.gone >= count;
      let raisedAt = count;
      if (!slow) {
        await holds(drained, Math.min(120_000, Math.max(6000, count * 20)), 50);
        raisedAt = state.gone;
        state.phase = 'raised';
        carrier.tell(
          `command ${TERMINAL} ${JSON.stringify({ command: 'set-rate', arguments: { perSecond: rate } })}`,
        );
      }
      const raised = performance.now();
      await holds(drained, slow ? (count / rate) * 1500 + 60_000 : most, 50);
      const seconds = (performance.now() - began) / 1000;
      const raisedSeconds = (performance.now() - raised) / 1000;
      coming = false;
      await people;
      await holds(
        () => open.size === 0 && live.defaults.length + live.raised.length >= live.ids.size,
        30_000,
      );
      await sleep(200);
      terminal.tell('count');
      await mustHold('counts', () => state.counts !== undefined, 10_000);
      const [waiting, sent, confirmed] = state.counts;
      return {
        settings: { window: 20, backlogPerSecond: DEFAULT_RATE, thenPerSecond: slow ? DEFAULT_RATE : rate },
        drain: {
          seconds: Number(seconds.toFixed(1)),
          ...(slow
            ? {}
            : {
                beforeRaise: raisedAt,
                raisedPerSecond: Number(((count - raisedAt) / raisedSeconds).toFixed(1)),
              }),
        },
        left: waiting + sent,
        confirmed,
        commandsDone: state.results,
        live: {
          all: spread([...live.defaults, ...live.raised]),
          defaults: spread(live.defaults),
          raised: spread(live.raised),
          overtook: live.overtook,
        },
        disorder: ledgers.disorder((seq) => seq <= count) + ledgers.disorder((seq) => seq > count),
      };
    },
    /** The carrier is away for a while; the broker takes everything in its name. */
    async trustBroker() {
      await startTerminal();
      await broker.start();
      await startCarrier(['--session', 'carrier']);
      await carrier.end();
      terminal.tell('connect');
      await holds(() => state.gone >= count, count * 50 + 60_000, 50);
      await startCarrier(['--session', 'carrier']);
      // Until nothing more comes.
      for (let before = -1; ledgers.received.size > before; await sleep(2000)) before = ledgers.received.size;
      return { confirmed: state.gone, queuedByBroker: queued };
    },
    verdict: () => ledgers.verdict(),
    async close() {
      await terminal?.end();
      await carrier?.end();
      await broker.stop();
    },
  };
}
