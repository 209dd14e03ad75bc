import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSystemClock } from '#built/clock/system-driver.js';
import { createUplink } from '#built/uplink/create-uplink.js';
import { createRandom } from './random.mjs';

/**
 * Many terminals' uplinks in one process, as they are shipped, with nothing behind them: no keys, an empty queue.
 * Lines on stdin: `start`, `end`. Lines on stdout: `ready`, `up TERMINAL`, `down TERMINAL`.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    from: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '2000' },
    most: { type: 'string', default: '300000' },
    fixed: { type: 'boolean', default: false },
  },
});
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const clock = createSystemClock();
const never = async () => {
  throw new Error('this terminal has no keys');
};
const emptyOutbox = {
  take: async () => [],
  markSent: async () => {},
  confirm: async () => false,
  counts: async () => ({ waiting: 0, sent: 0, confirmed: 0, lastSeq: 0 }),
  onAppend: () => () => {},
  remember: async () => {},
  recall: async () => undefined,
};

const uplinks = Array.from({ length: Number(values.count) }, (_, index) => {
  const number = Number(values.from) + index;
  const terminal = `fleet-${number}`;
  const random = createRandom(Number(values.seed) * 1_000_003 + number);
  const uplink = createUplink(
    {
      protocol: 'auto',
      keepAliveSeconds: 30,
      window: 20,
      backlogPerSecond: 2,
      // What MQTT.js does by itself, and with it most programs: each second, without chance.
      reconnectFirstMs: values.fixed ? 1000 : Number(values.first),
      reconnectMostMs: values.fixed ? 1000 : Number(values.most),
      software: 'countersign fleet',
    },
    {
      outbox: emptyOutbox,
      identity: {
        terminal,
        site: 'site-1',
        broker: { url: values.url },
        keys: [],
        policy: {},
        signer: { sign: never, keyId: 'none', tier: 'file' },
        envelope: { seal: never, verify: never },
      },
      clock,
      handlers: { onOrder() {}, onCommand: never },
      random: values.fixed ? () => 1 : random.next,
    },
  );
  uplink.onConnection((up) => say(up ? 'up' : 'down', terminal));
  return uplink;
});

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  if (line === 'start') {
    for (const uplink of uplinks) {
      uplink.start();
      await sleep(10);
    }
  }
}
// Nobody has to say goodbye a thousand times.
process.exit(0);
