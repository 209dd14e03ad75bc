// The far side of the uplink's bench, in a process of its own: node uplink-peer.mjs URL echo|receipts|gathered [KEYS]
// `echo` answers each message with a body as long as a receipt; `receipts` answers each report with a signed receipt,
// `gathered` all that came in one turn of the loop with one.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import mqtt from 'mqtt';

const [url, how, keyText = '{}'] = process.argv.slice(2);
const client = mqtt.connect(url, { protocolVersion: 5, properties: { receiveMaximum: 1000 } });
const { terminal, ...jwk } = JSON.parse(keyText);
const key = how !== 'echo' ? createPrivateKey({ key: jwk, format: 'jwk' }) : undefined;
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: 'EdDSA', typ: 'countersign-receipt+jws', kid: jwk.kid });
const ECHO = 'r'.repeat(620);

function received(jws) {
  const { id, seq } = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url').toString());
  const at = new Date().toISOString();
  const hash = createHash('sha256').update(jws).digest('base64url');
  return { id, seq, hash, accepted: true, at };
}

function receiptFor([first, ...also]) {
  const body = { terminal, issuedAt: first.at, ...first, ...(also.length === 0 ? {} : { also }) };
  const text = `${header}.${encode(body)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

/** What a receipt may speak of, as in src/contract/carrier-messages.ts. */
const MOST_RECEIPTED = 50;
let gathered = [];
/** As the reference carrier does: one receipt for what came in one turn of the loop. */
function gather(topic, jws) {
  if (gathered.length === MOST_RECEIPTED) gathered = [];
  gathered.push(received(jws));
  if (gathered.length > 1) return;
  const own = gathered;
  setImmediate(() => {
    if (gathered === own) gathered = [];
    client.publish(topic, receiptFor(own), { qos: 1 });
  });
}

client.stream.setNoDelay(true);
client.on('message', (topic, payload) => {
  if (how === 'echo') client.publish('bench/answer', ECHO, { qos: 1 });
  else if (how === 'gathered') gather(topic.replace(/report$/, 'receipt'), payload.toString());
  else
    client.publish(topic.replace(/report$/, 'receipt'), receiptFor([received(payload.toString())]), {
      qos: 1,
    });
});
client.on('connect', () => {
  client.subscribe(how === 'echo' ? 'bench/ask' : 'countersign/v1/+/report', { qos: 1 }, () =>
    process.send?.('ready'),
  );
});
process.on('disconnect', () => process.exit());
