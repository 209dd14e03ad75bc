import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createSystemClock } from '#built/clock/system-driver.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import { makeDraft, signerOf } from './specimen.mjs';
import { storeFor } from './stores.mjs';

/**
 * A terminal's outbox in a process of its own, to be killed. Lines on stdin: `append ID`, `receipt JSON`, `end`. Lines on
 * stdout: `ready`, `ack ID SEQ HASH`, `refused ID CODE`, `send SEQ JWS`, `gone SEQ`, `left N`.
 */
const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    key: { type: 'string' },
    store: { type: 'string', default: 'sqlite3' },
    weaken: { type: 'string', default: 'none' },
  },
});
const say = (line) => process.stdout.write(`${line}\n`);

const outbox = await openOutbox(
  { directory: values.directory, quotaMb: 256, reserveKb: 64, keepDays: 400, resendAfterMs: 500 },
  {
    sign: signerOf(readFileSync(values.key, 'utf8')),
    clock: createSystemClock(),
    openStore: storeFor(values.store, values.weaken),
  },
);
const inFlight = new Set();
let sending = Promise.resolve();

async function sendSome() {
  for (const { seq, jws } of await outbox.take(20 - inFlight.size, inFlight)) {
    inFlight.add(seq);
    say(`send ${seq} ${jws}`);
    await outbox.markSent(seq);
  }
}

function pump() {
  sending = sending
    .then(() => (inFlight.size < 20 ? sendSome() : undefined))
    .catch((error) => say(`fault ${error.code}`));
}

outbox.onAppend(pump);
say('ready');
pump();
const pending = new Set();
const keep = (work) => {
  pending.add(work);
  work.finally(() => pending.delete(work));
};

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, argument] = line.split(' ', 2);
  if (verb === 'append') {
    keep(
      outbox.append(makeDraft(argument)).then(
        ({ seq, hash }) => say(`ack ${argument} ${seq} ${hash}`),
        (error) => say(`refused ${argument} ${error.code}`),
      ),
    );
  } else if (verb === 'receipt') {
    const receipt = JSON.parse(line.slice('receipt '.length));
    keep(
      outbox.confirm(receipt).then(
        (fits) => {
          inFlight.delete(receipt.seq);
          say(`gone ${receipt.seq} ${fits}`);
          pump();
        },
        (error) => say(`fault ${error.code}`),
      ),
    );
  } else if (verb === 'left') {
    const { waiting, sent } = await outbox.counts();
    pump();
    say(`left ${waiting + sent}`);
  } else if (verb === 'end') break;
}
await Promise.allSettled([...pending]);
await sending;
await outbox.close();
process.exit(0);
