import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { connectAsync } from 'mqtt';
import { createCarrier } from '#built/carrier/carrier.js';
import { parseCarrierKeys } from '#built/carrier/keys.js';
import { startReferenceCarrier } from '#built/carrier/reference-carrier.js';
import { openSqliteCarrierStore } from '#built/carrier/sqlite-store.js';
import { topicOf } from '#built/contract/topics.js';

/**
 * The reference carrier as it is shipped, with its store on the disk, and beside it a listener of its own on the wire
 * that knows nothing but topics. Lines on stdin: `order TERMINAL`, `command TERMINAL JSON`, `end`. Lines on stdout:
 * `ready`, `kept TERMINAL SEQ ID HASH PREVIOUS HOW RESTARTED`, `wire TERMINAL SEQ HASH`, `status TERMINAL STATE`,
 * `ordered TERMINAL ID`, `commanded TERMINAL ID`, `state TERMINAL ID STATE`, `result TERMINAL ID RESULT`,
 * `refused TERMINAL NAME`.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    keys: { type: 'string' },
    store: { type: 'string' },
    /** A folder with `ca.pem`, `carrier.pem` and `carrier-key.pem`. */
    tls: { type: 'string' },
    session: { type: 'string' },
  },
});
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const pem = (name) => readFileSync(join(values.tls, name), 'utf8');
const login =
  values.tls === undefined
    ? {}
    : { ca: pem('ca.pem'), cert: pem('carrier.pem'), key: pem('carrier-key.pem') };
const session = values.session === undefined ? {} : { clientId: values.session, clean: false };

const tap = await connectAsync(values.url, {
  protocolVersion: 4,
  reconnectPeriod: 250,
  ...login,
  ...(values.session === undefined ? {} : { clientId: `${values.session}-tap`, clean: false }),
});
tap.on('error', () => {});
tap.on('message', (topic, payload) => {
  const [, , terminal] = topic.split('/');
  const hash = createHash('sha256').update(payload).digest('base64url');
  const body = Buffer.from(payload.toString('latin1').split('.')[1] ?? '', 'base64url').toString('utf8');
  say('wire', terminal, JSON.parse(body).seq, hash);
});
await tap.subscribeAsync(topicOf('+', 'report'), { qos: 1 });

const store = await openSqliteCarrierStore(values.store);
const carrier = await startReferenceCarrier(
  { url: values.url, connection: { ...login, ...session } },
  {
    carrier: createCarrier({ keys: parseCarrierKeys(readFileSync(values.keys, 'utf8')), store }),
    numbersOf: () => [{ ref: 'ref-1', masked: '138****0001', kind: 'mobile' }],
    onReport: ({ report: { terminal, seq, id, previous = '-', chainRestarted }, hash }, how) =>
      say('kept', terminal, seq, id, hash, previous, how, chainRestarted !== undefined),
    onStatus: (terminal, { state }) => say('status', terminal, state),
    onOrderState: ({ terminal, orderId, state }) => say('state', terminal, orderId, state),
    onCommandResult: ({ terminal, id, result }) => say('result', terminal, id, result),
    onRefused: (terminal, name) => say('refused', terminal, name),
  },
);
say('ready');

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, terminal, ...rest] = line.split(' ');
  if (verb === 'end') break;
  if (verb === 'order')
    say('ordered', terminal, await carrier.sendOrder({ terminal, service: 'new-number' }));
  if (verb === 'command')
    say('commanded', terminal, await carrier.sendCommand({ terminal, ...JSON.parse(rest.join(' ')) }));
}
await carrier.close();
await tap.endAsync();
await store.close();
process.exit(0);
