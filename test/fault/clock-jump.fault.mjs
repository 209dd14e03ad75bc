import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { makeField } from './parts/field.mjs';
import { createLedgers, isWhole, spread } from './parts/ledgers.mjs';
import { holds, ownDirectory, startLines } from './parts/line-child.mjs';
import { createMosquitto } from './parts/mosquitto.mjs';
import { createRandom } from './parts/random.mjs';

const TERMINAL = 'jumping-1';
const DAY_MS = 86_400_000;
/** The first ones in each trial; what follows is drawn. The last is where the clock stays. */
const JUMPS = ['+400d', '-400d', '+0', '-7300d', '+400d', '+1d'];
const LAST = '-400d';
const EVERY_MS = 700;
const LEAST_UNDER_ONE = 5;
/** Reports of an earlier process at the least; a tenth of all where that is more. */
const LEAST_BACKLOG = 60;
const BACKLOG_PER_SECOND = 20;
/** Appended and without receipt at a time: beyond 200 the outbox lets the oldest go as backlog, whatever the clock says. */
const MOST_UNDER_WAY = 40;

/**
 * The terminal's wall clock jumps by ±400 days and −20 years (libfaketime, the monotonic clock left alone) while
 * reports are appended, a backlog drains and receipts come; broker, carrier and judge have the true time. Nothing may
 * be lost, the order is that of the numbers, and the link is the same from beginning to end, by the terminal's word
 * and by the broker's. The control takes the wall clock for what time has passed, as programs do that ask `Date.now()`.
 */
export async function run({ count = 400, seed = 1, store = 'sqlite3', control = false }) {
  const directory = ownDirectory('clock-jump-');
  const trial = await createTrial({ directory, seed, store, weaken: control ? 'wall' : 'none' });
  try {
    const figures = await trial.run(count, control ? 8000 : 60_000);
    // That the clock was moved at all is seen in what the terminal itself said of it.
    const jumped = figures.wallSpreadDays > 7600 && figures.wallBackwards > 0;
    const kept = figures.linksByTerminal === 1 && figures.linksByBroker === 1;
    const clean = isWhole(figures) && figures.left === 0 && figures.disorder === 0 && kept;
    // Nothing but time holds back what an earlier process left: a sound line has sent all of it by then.
    return { ok: jumped && (control ? figures.backlogLeft > 0 : clean), figures };
  } finally {
    await trial.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function libraryFile() {
  const names = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`);
  const found = names.find((name) => existsSync(name));
  if (found === undefined) throw new Error('needs libfaketime: apt-get install faketime');
  return found;
}

async function createTrial({ directory, seed, store, weaken }) {
  const random = createRandom(seed);
  let byBroker = 0;
  const onConnected = (client) => {
    if (client === TERMINAL) byBroker++;
  };
  const broker = await createMosquitto(directory, { onConnected });
  await broker.start();
  const files = await makeField(directory, { url: broker.url, terminals: [TERMINAL] });
  const ledgers = createLedgers();
  const open = new Set();
  const state = { gone: new Set(), live: 0, ups: 0, downs: 0, counts: undefined, walls: [], ms: [] };
  const heard = {
    ack(id, seq, hash, wall) {
      ledgers.acknowledge(id, seq, hash);
      open.delete(id);
      state.walls.push(Number(wall));
    },
    refused: () => ledgers.counters.refused++,
    gone(seq, ms) {
      state.gone.add(seq);
      if (ms === '-1') return;
      state.live++;
      state.ms.push(Number(ms));
    },
    link: (how) => (how === 'up' ? state.ups++ : state.downs++),
    counts: (...three) => {
      state.counts = three.map(Number);
    },
  };
  const said = {
    kept: (_, seq, id, hash, previous, how, restarted) =>
      ledgers.kept(seq, id, hash, previous, how, restarted),
    wire: (_, seq) => ledgers.passed(seq),
  };
  const words = ['--url', broker.url, '--keys', files.keys, '--store', files.store];
  const carrier = startLines('carrier-process', words, { onLine: (verb, ...rest) => said[verb]?.(...rest) });
  await carrier.started;

  const clockFile = join(directory, 'clock');
  /** Put in place whole, so that the library never reads half a line. */
  const setClock = (text) => {
    writeFileSync(`${clockFile}.new`, `${text}\n`);
    renameSync(`${clockFile}.new`, clockFile);
  };
  setClock('+0');
  const env = {
    LD_PRELOAD: libraryFile(),
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: '1',
    // With the monotonic clock faked as well, Node's timers stand still.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_RESET: '1',
    // The control gives timers what no timer takes, thousands of times.
    ...(weaken === 'none' ? {} : { NODE_NO_WARNINGS: '1' }),
  };
  let terminal;
  const startTerminal = async () => {
    const given = [
      '--directory',
      join(directory, TERMINAL),
      '--store',
      store,
      '--rate',
      String(BACKLOG_PER_SECOND),
      '--weaken',
      weaken,
    ];
    terminal = startLines('uplink-process', given, {
      onLine: (verb, ...rest) => heard[verb]?.(...rest),
      env,
    });
    await terminal.started;
  };
  const append = () => {
    const id = v7();
    open.add(id);
    terminal.tell(`append ${id}`);
  };
  const allAcknowledged = () => holds(() => open.size === 0, 30_000);

  return {
    async run(count, drainMs) {
      const backlog = Math.max(LEAST_BACKLOG, Math.floor(count / 10));
      // An earlier process left these: the backlog, whose rate and resends rest on time.
      await startTerminal();
      for (let index = 0; index < backlog; index++) append();
      await allAcknowledged();
      await terminal.end();
      await startTerminal();
      terminal.tell('connect');
      if (!(await holds(() => state.ups > 0, 30_000))) throw new Error('the terminal does not connect');

      let jumps = 0;
      const appended = new AbortController();
      const jumping = (async () => {
        while (!appended.signal.aborted || jumps < JUMPS.length) {
          setClock(
            jumps < JUMPS.length ? JUMPS[jumps] : `${random.pick(['-', '+'])}${random.between(1, 400)}d`,
          );
          jumps++;
          // Some reports at least under each clock, however busy the machine is.
          const said = state.walls.length + LEAST_UNDER_ONE;
          await sleep(EVERY_MS);
          await holds(() => state.walls.length >= said, 30_000);
        }
        setClock(LAST);
      })();
      const pause = Math.max(5, (EVERY_MS * (JUMPS.length + 2)) / count);
      for (let index = backlog; index < count || jumps < JUMPS.length; index++) {
        if (weaken === 'none')
          await holds(
            () => ledgers.acknowledged.size + open.size - backlog - state.live < MOST_UNDER_WAY,
            10_000,
          );
        append();
        await sleep(random.next() * pause * 2);
      }
      appended.abort();
      for (const end = jumping.then(() => true); !(await Promise.race([end, sleep(pause, false)])); )
        append();
      for (let index = 0; index < 10; index++) append();
      await allAcknowledged();
      await holds(
        () => state.gone.size >= ledgers.acknowledged.size,
        drainMs + (backlog * 1000) / BACKLOG_PER_SECOND,
      );
      terminal.tell('count');
      await holds(() => state.counts !== undefined, 10_000);
      const [waiting = -1, sent = -1] = state.counts ?? [];
      const { walls } = state;
      return {
        jumps: jumps + 1,
        wallSpreadDays: Math.round((Math.max(...walls) - Math.min(...walls)) / DAY_MS),
        wallBackwards: walls.filter((wall, index) => index > 0 && wall < walls[index - 1] - DAY_MS).length,
        linksByTerminal: state.ups,
        linksByBroker: byBroker,
        downs: state.downs,
        left: waiting + sent,
        backlogLeft: backlog - [...state.gone].filter((seq) => Number(seq) <= backlog).length,
        disorder: ledgers.disorder((seq) => seq <= backlog) + ledgers.disorder((seq) => seq > backlog),
        appendToReceiptMs: spread(state.ms),
        ...ledgers.verdict(),
      };
    },
    async close() {
      await terminal?.end();
      await carrier.end();
      await broker.stop();
    },
  };
}
