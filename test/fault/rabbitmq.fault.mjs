import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { v7 } from 'uuid';
import {
  certifyBroker,
  certifyCarrier,
  certifyTerminal,
  createAuthority,
} from '#built/carrier/certificates.js';
import { topicOf } from '#built/contract/topics.js';
import { loadIdentity } from '#built/identity/load-identity.js';
import { makeField } from './parts/field.mjs';
import { createLedgers, isWhole } from './parts/ledgers.mjs';
import { holds, ownDirectory, startLines } from './parts/line-child.mjs';
import { createRabbitmq, hasRabbitmq } from './parts/rabbitmq.mjs';

const [TERMINAL, THIEF] = ['rabbit-1', 'rabbit-2'];
const AT_ONCE = 4;
/** A state that the terminal itself never says in this trial. */
const FOREIGN_WORD = 'degraded';

/**
 * The uplink as it is, unchanged, on RabbitMQ's MQTT plugin with client certificates: reports and receipts, status and
 * will, orders (also one given while the terminal is away), a command, a question; the broker killed in the middle.
 * With another terminal's certificate nothing can be read or said in its name. The control has a broker without rules
 * for topics: there the thief has to be seen.
 */
export async function run({ count = 200, seed = 1, store = 'sqlite3', control = false }) {
  if (!hasRabbitmq())
    throw new Error('needs rabbitmq-server: apt-get install --no-install-recommends rabbitmq-server');
  const directory = ownDirectory('rabbitmq-');
  const trial = await createTrial({ directory, seed, store, rules: !control });
  try {
    const figures = await trial.run(count);
    const stolen = figures.thief.heard + figures.thief.said;
    if (control) return { ok: stolen > 0, figures };
    const works = Object.entries(figures.works).every(([, value]) => value === true);
    return { ok: isWhole(figures) && figures.left === 0 && works && stolen === 0, figures };
  } finally {
    await trial.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function createTrial({ directory, store, rules }) {
  const authority = await createAuthority();
  const pair = await certifyBroker(authority, ['localhost', '127.0.0.1']);
  const carrierPair = await certifyCarrier(authority);
  const at = (name, text) => {
    const file = join(directory, name);
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  };
  const tls = {
    ca: at('ca.pem', authority.certificate),
    certificate: at('broker.pem', pair.certificate),
    key: at('broker-key.pem', pair.key),
  };
  at('carrier.pem', carrierPair.certificate);
  at('carrier-key.pem', carrierPair.key);
  const terminals = [TERMINAL, THIEF];
  const broker = await createRabbitmq(directory, { terminals, tls, rules });
  await broker.start();
  const files = await makeField(directory, {
    url: broker.url,
    terminals,
    tls: {
      ca: authority.certificate,
      certify: (terminal, csr) => certifyTerminal(authority, { csr, terminal }),
    },
  });

  const ledgers = createLedgers();
  const open = new Set();
  const state = { gone: 0, links: [], orders: [], commands: [], counts: undefined, answer: undefined };
  const far = { statuses: [], states: [], results: [], orders: [], foreign: 0 };
  const heard = {
    ack(id, seq, hash) {
      ledgers.acknowledge(id, seq, hash);
      open.delete(id);
    },
    refused: () => ledgers.counters.refused++,
    gone: () => state.gone++,
    link: (how, version) => state.links.push(how === 'up' ? version : 'down'),
    order: (id) => state.orders.push(id),
    command: (id) => state.commands.push(id),
    counts: (...three) => {
      state.counts = three.map(Number);
    },
    answer: (what) => {
      state.answer = what;
    },
  };
  const said = {
    kept: (_, seq, id, hash, previous, how, restarted) =>
      ledgers.kept(seq, id, hash, previous, how, restarted),
    wire: (_, seq) => ledgers.passed(seq),
    status: (terminal, word) => {
      if (terminal !== TERMINAL) return;
      if (word === FOREIGN_WORD) far.foreign++;
      else far.statuses.push(word);
    },
    ordered: (_, id) => far.orders.push(id),
    state: (_, id) => far.states.push(id),
    result: (_, _id, how) => far.results.push(how),
  };
  const words = ['--url', broker.url, '--keys', files.keys, '--store', files.store, '--tls', directory];
  const carrier = startLines('carrier-process', words, { onLine: (verb, ...rest) => said[verb]?.(...rest) });
  await carrier.started;
  let terminal;
  const startTerminal = async () => {
    const given = [
      '--directory',
      join(directory, TERMINAL),
      '--store',
      store,
      '--rate',
      '500',
      '--most',
      '2000',
      '--first',
      '200',
    ];
    terminal = startLines('uplink-process', given, { onLine: (verb, ...rest) => heard[verb]?.(...rest) });
    await terminal.started;
    terminal.tell('connect');
  };
  const append = async (many, pauseMs = 0) => {
    for (let index = 0; index < many; index++) {
      if (!(await holds(() => open.size < AT_ONCE, 60_000))) throw new Error('an append does not end');
      const id = v7();
      open.add(id);
      terminal.tell(`append ${id}`);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    await holds(() => open.size === 0, 60_000);
  };
  const confirmed = () => holds(() => state.gone >= ledgers.acknowledged.size, 90_000, 50);
  const ups = () => state.links.filter((each) => each !== 'down').length;

  /** Whoever holds the other terminal's certificate tries to listen in and to speak in its name. */
  async function thief() {
    const clock = { now: () => ({ at: new Date().toISOString() }) };
    const { broker: mine } = await loadIdentity({ stateDirectory: join(directory, THIEF) }, { clock });
    const { ca, certificate: cert, key } = mine;
    const client = mqtt.connect(broker.url, {
      ...{ ca, cert, key, protocolVersion: 4, clientId: THIEF, reconnectPeriod: 200, resubscribe: false },
    });
    let listened = 0;
    let lost = 0;
    let connected = 0;
    client.on('error', () => {});
    client.on('close', () => lost++);
    client.on('message', () => listened++);
    client.on('connect', () => connected++);
    const try_ = async (what) => {
      await holds(() => client.connected, 10_000);
      await Promise.race([what().catch(() => {}), sleep(2000)]);
    };
    for (const topic of [topicOf(TERMINAL, 'receipt'), topicOf('+', 'receipt'), '#']) {
      await try_(() => client.subscribeAsync(topic, { qos: 1 }));
      await append(2);
      await confirmed();
    }
    const before = far.foreign;
    const word = JSON.stringify({
      state: FOREIGN_WORD,
      since: new Date().toISOString(),
      version: 'x',
      reasons: ['THIEF'],
    });
    for (let times = 0; times < 3; times++) {
      await try_(() => client.publishAsync(topicOf(TERMINAL, 'status'), word, { qos: 1 }));
    }
    await sleep(500);
    await client.endAsync(true);
    return {
      connected: connected > 0,
      tried: 6,
      heard: listened,
      said: far.foreign - before,
      hungUpOn: lost,
    };
  }

  return {
    async run(count) {
      const works = {};
      await startTerminal();
      works.connected = await holds(() => ups() > 0, 60_000);
      works.status = await holds(() => far.statuses.includes('online'), 10_000);
      await append(Math.floor(count / 2));
      works.receipts = await confirmed();

      carrier.tell(`order ${TERMINAL}`);
      works.order = await holds(() => state.orders.length === 1, 20_000);
      terminal.tell(`state ${state.orders[0]}`);
      works.orderState = await holds(() => far.states.includes(state.orders[0]), 20_000);
      carrier.tell(`command ${TERMINAL} ${JSON.stringify({ command: 'collect-logs' })}`);
      works.command = await holds(() => far.results.includes('done'), 20_000);
      terminal.tell('ask');
      works.question = await holds(() => state.answer === '1', 20_000);

      // Killed while reports are under way, and back with what it kept.
      const under = append(Math.ceil(count / 2), 5);
      await sleep(500);
      await broker.stop('SIGKILL');
      await sleep(500);
      await broker.start();
      await under;
      works.backAfterKill = await holds(() => ups() >= 2, 60_000);
      works.receiptsAfterKill = await confirmed();

      // Gone without a word: the will speaks; an order waits in the session.
      const offlineBefore = far.statuses.filter((each) => each === 'offline').length;
      await terminal.kill();
      works.will = await holds(
        () => far.statuses.filter((each) => each === 'offline').length > offlineBefore,
        60_000,
      );
      carrier.tell(`order ${TERMINAL}`);
      await holds(() => far.orders.length === 2, 10_000);
      await startTerminal();
      works.orderWhileAway = await holds(() => state.orders.includes(far.orders[1]), 30_000);
      works.ordersOnce = new Set(state.orders).size === state.orders.length;

      const seen = await thief();
      await confirmed();
      terminal.tell('count');
      await holds(() => state.counts !== undefined, 10_000);
      const [waiting = -1, sent = -1] = state.counts ?? [];
      return {
        rabbitmq: broker.version(),
        mqtt: [...new Set(state.links.filter((each) => each !== 'down'))].join(),
        works,
        left: waiting + sent,
        thief: seen,
        ...ledgers.verdict(),
      };
    },
    async close() {
      await terminal?.end();
      await carrier.end();
      await broker.close();
    },
  };
}
