import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createSystemClock } from '#built/clock/system-driver.js';
import { receivedIn } from '#built/contract/carrier-messages.js';
import { TYP } from '#built/contract/envelope.js';
import { loadIdentity } from '#built/identity/load-identity.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import { createUplink } from '#built/uplink/create-uplink.js';
import { storeFor } from './stores.mjs';
import { weakened } from './weak-uplinks.mjs';

/**
 * A provisioned terminal without its counter: identity, outbox and uplink as they are shipped. Lines on stdin:
 * `connect`, `append ID [WALL_MS]`, `check`, `count`, `state ORDER`, `ask`, `end`. Lines on stdout: `ready`,
 * `ack ID SEQ HASH WALL_MS`, `refused ID CODE`, `gone SEQ MS` (from append to the receipt taken, -1 when an earlier
 * process appended it), `link up|down MQTT-VERSION`, `order ID`, `command ID`, `checked true|false DETAIL`,
 * `counts WAITING SENT CONFIRMED`, `answer COUNT`.
 */
const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    store: { type: 'string', default: 'sqlite3' },
    window: { type: 'string', default: '20' },
    rate: { type: 'string', default: '2' },
    first: { type: 'string', default: '2000' },
    most: { type: 'string', default: '300000' },
    protocol: { type: 'string', default: 'auto' },
    keepalive: { type: 'string', default: '30' },
    weaken: { type: 'string', default: 'none' },
  },
});
/** The specimen: no real person. */
const HOLDER = {
  kind: 'resident-id',
  name: '证件样本',
  sex: 'female',
  birthDate: '1990-01-01',
  number: '11010119900101001X',
  validFrom: '2020-01-01',
  validUntil: '2040-01-01',
};
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);

let wallMs;
const system = createSystemClock({ wall: () => wallMs ?? Date.now() });
const clock = values.weaken === 'wall' ? { ...system, elapsed: () => Date.now() } : system;
const identity = await loadIdentity({ stateDirectory: values.directory }, { clock });
const { terminal, site, signer, envelope } = identity;

const outbox = await openOutbox(
  { directory: values.directory, quotaMb: 512, reserveKb: 1024, keepDays: 30 },
  {
    sign: (draft, { seq, previous, chainRestarted }) =>
      signer.sign(TYP.report, {
        ...{ ...draft, seq, terminal, site, signerTier: signer.tier },
        ...(previous === undefined ? {} : { previous }),
        ...(chainRestarted === undefined ? {} : { chainRestarted }),
      }),
    clock,
    openStore: storeFor(values.store),
  },
);

/** Looks on while receipts are taken; the outbox does the work. */
const began = new Map();
const watched = {
  take: (limit, excluding) => outbox.take(limit, excluding),
  markSent: (seq) => outbox.markSent(seq),
  counts: () => outbox.counts(),
  onAppend: (listener) => outbox.onAppend(listener),
  remember: (key, value) => outbox.remember(key, value),
  recall: (key) => outbox.recall(key),
  async confirm(receipt) {
    const fits = await outbox.confirm(receipt);
    for (const { seq } of fits ? receivedIn(receipt) : []) {
      const since = began.get(seq);
      began.delete(seq);
      say('gone', seq, since === undefined ? -1 : (performance.now() - since).toFixed(2));
    }
    return fits;
  },
};
const orders = new Set();
const build = weakened[values.weaken] ?? createUplink;
const uplink = build(
  {
    protocol: values.protocol,
    keepAliveSeconds: Number(values.keepalive),
    window: Number(values.window),
    backlogPerSecond: Number(values.rate),
    reconnectFirstMs: Number(values.first),
    reconnectMostMs: Number(values.most),
    software: 'countersign fault',
  },
  {
    outbox: watched,
    identity,
    clock,
    handlers: {
      onOrder({ orderId }) {
        orders.add(orderId);
        say('order', orderId);
      },
      async onCommand({ id }) {
        say('command', id);
        return { result: 'done' };
      },
    },
  },
);
uplink.onConnection(async (up) => {
  const { detail = '' } = await uplink.check();
  say('link', up ? 'up' : 'down', /MQTT ([\d.]+)/.exec(detail)?.[1] ?? '-');
});

async function append(id, at) {
  if (at !== undefined) wallMs = Number(at);
  const since = performance.now();
  try {
    const holder = await envelope.seal(TYP.holder, HOLDER);
    const now = clock.now();
    const { seq, hash } = await outbox.append({
      id,
      service: 'new-number',
      outcome: 'verified',
      reasons: ['face-matches-card'],
      people: [{ role: 'holder', holder, attempts: 1 }],
      decidedAt: { at: now.at, confidence: now.confidence, elapsedMs: now.elapsedMs, boot: 1 },
      software: 'countersign fault',
      policy: 'default',
    });
    began.set(seq, since);
    say('ack', id, seq, hash, Date.now());
  } catch (error) {
    say('refused', id, error.code ?? error.name);
  }
}

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, argument, second] = line.split(' ');
  if (verb === 'end') break;
  if (verb === 'append') void append(argument, second);
  else if (verb === 'connect') uplink.start();
  else if (verb === 'state') uplink.tellOrderState({ orderId: argument, state: 'consent' });
  else if (verb === 'ask') {
    uplink.ask({ number: HOLDER.number, name: HOLDER.name }, AbortSignal.timeout(20_000)).then(
      ({ numbers }) => say('answer', numbers.length),
      (error) => say('answer', error.code),
    );
  } else if (verb === 'check') {
    const { ok, detail } = await outbox.check();
    say('checked', ok, detail);
  } else if (verb === 'count') {
    const { waiting, sent, confirmed } = await outbox.counts();
    say('counts', waiting, sent, confirmed);
  }
}
await uplink.close();
await outbox.close();
process.exit(0);
