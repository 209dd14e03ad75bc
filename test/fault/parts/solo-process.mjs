import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { v7 } from 'uuid';
import { createSystemClock } from '#built/clock/system-driver.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import { makeDraft, signerOf } from './specimen.mjs';
import { storeFor } from './stores.mjs';

/**
 * Appends reports and takes receipts by itself, and notes in `--notes` what it was told: `ack ID SEQ HASH`, `gone SEQ`,
 * `fault CODE`. Then ends as a power cut ends it, `--pause`
 * milliseconds later, or orderly with `--orderly`.
 */
const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    notes: { type: 'string' },
    key: { type: 'string' },
    count: { type: 'string', default: '60' },
    store: { type: 'string', default: 'sqlite3' },
    weaken: { type: 'string', default: 'none' },
    quota: { type: 'string', default: '64' },
    orderly: { type: 'boolean', default: false },
    pause: { type: 'string', default: '0' },
  },
});
const notes = openSync(values.notes, 'a');
const note = (line) => writeSync(notes, `${line}\n`);
const codeOf = (error) =>
  typeof error?.code === 'string' && error.name === 'CountersignError' ? error.code : `UNTYPED ${error}`;

let outbox;
try {
  outbox = await openOutbox(
    {
      directory: values.directory,
      quotaMb: Number(values.quota),
      reserveKb: 64,
      keepDays: 400,
      resendAfterMs: 1,
    },
    {
      sign: signerOf(readFileSync(values.key, 'utf8')),
      clock: createSystemClock(),
      openStore: storeFor(values.store, values.weaken),
    },
  );
} catch (error) {
  note(`unopened ${codeOf(error)}`);
  process.exit(4);
}

async function appendOne(id = v7(), tries = 2) {
  try {
    const { seq, hash } = await outbox.append(makeDraft(id));
    note(`ack ${id} ${seq} ${hash}`);
  } catch (error) {
    note(`fault ${codeOf(error)}`);
    if (tries > 1) await appendOne(id, tries - 1);
  }
}

async function confirmOne({ seq, id, hash }) {
  const at = '2026-11-24T00:00:00.000Z';
  try {
    await outbox.markSent(seq);
    const fits = await outbox.confirm({
      terminal: 'specimen',
      issuedAt: at,
      id,
      seq,
      hash,
      accepted: true,
      at,
    });
    if (fits) note(`gone ${seq}`);
  } catch (error) {
    note(`fault ${codeOf(error)}`);
  }
}

const count = Number(values.count);
for (let done = 0, round = 0; done < count; round++) {
  // Now one, now several at once, as visits and commands come.
  const many = 1 + (round % 4);
  await Promise.all(Array.from({ length: many }, () => appendOne()));
  done += many;
  if (round % 3 === 0)
    await outbox.remember('counter', String(done)).catch((error) => note(`fault ${codeOf(error)}`));
  if (round % 2 === 0) {
    const entries = await outbox.take(4, new Set()).catch((error) => {
      note(`fault ${codeOf(error)}`);
      return [];
    });
    await Promise.all(entries.map(confirmOne));
  }
}
if (values.orderly) {
  await outbox.close().catch((error) => note(`fault ${codeOf(error)}`));
  note('closed');
  closeSync(notes);
  process.exit(0);
}
await new Promise((resolve) => setTimeout(resolve, Number(values.pause)));
process.kill(process.pid, 'SIGKILL');
