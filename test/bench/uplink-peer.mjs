// The far side of the uplink's bench, in a process of its own: node uplink-peer.mjs URL echo|receipts|gathered [KEYS]
// `echo` answers each message with a body as long as a receipt; `receipts` answers each report with a signed receipt,
// `gathered` all that came until a few turns of the loop brought no more with one.
import { createPrivateKey, hash as digest, sign } from 'node:crypto';
import mqtt from 'mqtt';
import { promptLine } from '#built/contract/prompt-line.js';

const [url, how, keyText = '{}'] = process.argv.slice(2);
const client = mqtt.connect(url, { protocolVersion: 5, properties: { receiveMaximum: 1000 } });
const { terminal, ...jwk } = JSON.parse(keyText);
const key = how !== 'echo' ? createPrivateKey({ key: jwk, format: 'jwk' }) : undefined;
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: 'EdDSA', typ: 'countersign-receipt+jws', kid: jwk.kid });
const ECHO = 'r'.repeat(620);

function received(report) {
  const [, claims] = report.toString('latin1').split('.');
  const { id, seq } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const at = new Date().toISOString();
  const hash = digest('sha256', report, 'base64url');
  return { id, seq, hash, accepted: true, at };
}

function receiptFor([first, ...also]) {
  const body = { terminal, issuedAt: first.at, ...first, ...(also.length === 0 ? {} : { also }) };
  const text = `${header}.${encode(body)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

/** What a receipt may speak of, as in src/contract/carrier-messages.ts. */
const MOST_RECEIPTED = 50;
/** As the reference carrier does: see src/carrier/gather-receipts.ts. */
const QUIET_TURNS = 2;
let gathered = [];
function gather(topic, report) {
  if (gathered.length === MOST_RECEIPTED) gathered = [];
  gathered.push(received(report));
  if (gathered.length > 1) return;
  const own = gathered;
  let before = 1;
  let quiet = 0;
  const look = () => {
    quiet = own.length === before ? quiet + 1 : 0;
    before = own.length;
    if (quiet < QUIET_TURNS && own.length < MOST_RECEIPTED) {
      setImmediate(look);
      return;
    }
    if (gathered === own) gathered = [];
    client.publish(topic, receiptFor(own), { qos: 1 });
  };
  setImmediate(look);
}

// Bare MQTT.js is bare at both ends.
if (how === 'echo') client.stream.setNoDelay(true);
else promptLine(client);
client.on('message', (topic, payload) => {
  if (how === 'echo') client.publish('bench/answer', ECHO, { qos: 1 });
  else if (how === 'gathered') gather(topic.replace(/report$/, 'receipt'), payload);
  else
    client.publish(topic.replace(/report$/, 'receipt'), receiptFor([received(payload)]), {
      qos: 1,
    });
});
client.on('connect', () => {
  client.subscribe(how === 'echo' ? 'bench/ask' : 'countersign/v1/+/report', { qos: 1 }, () =>
    process.send?.('ready'),
  );
});
process.on('disconnect', () => process.exit());
