import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openOutbox } from '#built/outbox/open-outbox.js';
import { readOutbox } from '#built/outbox/read-outbox.js';
import { OPTIONS } from './examine.mjs';
import { createRandom } from './random.mjs';
import { makeDraft, makeKey, signerOf } from './specimen.mjs';
import { storeFor } from './stores.mjs';

/**
 * Runs in a mount namespace of its own: makes a small disk, and lets a foreign file fill it again and again while the
 * outbox works. Prints one line of JSON.
 */
const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string' },
    store: { type: 'string' },
    weaken: { type: 'string' },
  },
});
const DISK_MB = 12;
const { directory, store, weaken } = values;
const random = createRandom(Number(values.seed));
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'none', directory]);
const state = join(directory, 'state');
const hog = join(directory, 'hog');
let elapsed = 0;
const clock = { elapsed: () => elapsed, now: () => ({ at: new Date().toISOString() }) };
const pem = makeKey();
const openStore = storeFor(store, weaken);
const open = () => openOutbox({ directory: state, ...OPTIONS }, { sign: signerOf(pem), clock, openStore });

const figures = { cycles: 0, acknowledged: 0, refused: 0, receipts: 0, receiptsRefused: 0, starts: 0 };
const amiss = { untyped: 0, silent: 0, stuck: 0, lost: 0, chain: 0 };
const acknowledged = new Map();

async function append(outbox) {
  const draft = makeDraft();
  try {
    const { seq, hash } = await outbox.append(draft);
    acknowledged.set(seq, { id: draft.id, hash });
    return true;
  } catch (error) {
    figures.refused++;
    if (error.code !== 'OUTBOX_FULL') amiss.untyped++;
    return false;
  }
}

async function confirm(outbox, { seq, id, hash }) {
  const at = new Date().toISOString();
  try {
    await outbox.confirm({ terminal: 't', issuedAt: at, id, seq, hash, accepted: true, at });
    figures.receipts++;
  } catch {
    figures.receiptsRefused++;
  }
}

function fillUp() {
  const { bavail, bsize } = statfsSync(directory);
  try {
    writeFileSync(hog, Buffer.alloc(bavail * bsize, 1));
  } catch (error) {
    // The outbox wrote at the same time; the disk is full either way.
    if (error.code !== 'ENOSPC') throw error;
  }
}

let outbox = await open();
for (let cycle = 0; cycle < Number(values.count); cycle++) {
  for (let count = random.between(1, 6); count > 0; count--) await append(outbox);
  fillUp();
  // What SQLite's log still has room for may be taken; then it must be refused.
  let refused = false;
  for (let count = 0; count < 400 && !refused; count++) refused = !(await append(outbox));
  const { ok } = await outbox.check();
  if (!refused || ok || (await outbox.hasRoom())) amiss.silent++;
  if (random.chance(0.3)) {
    // The service starts while the disk is full; at worst it says so and is started again when there is room.
    await outbox.close();
    try {
      outbox = await open();
      figures.starts++;
    } catch (error) {
      if (error.code !== 'OUTBOX_FULL') amiss.untyped++;
      rmSync(hog);
      outbox = await open();
    }
  }
  for (const entry of await outbox.take(200, new Set())) await confirm(outbox, entry);
  rmSync(hog, { force: true });
  elapsed += 60_001;
  await outbox.check();
  if (!(await append(outbox))) amiss.stuck++;
  if (!(await outbox.check()).ok) amiss.stuck++;
  figures.cycles++;
}
await outbox.close();
outbox = await open();
await outbox.close();
const { rows, problems } = await readOutbox(state, openStore, { thorough: true });
const found = new Map(rows.map((row) => [row.seq, row]));
for (const [seq, { id, hash }] of acknowledged) {
  const row = found.get(seq);
  if (row?.id !== id || row.hash !== hash || (!row.hasBody && row.state !== 2)) amiss.lost++;
}
amiss.chain = problems.length;
// A card that is worn out turns read-only: the service says so, and what is on it can still be read.
execFileSync('mount', ['-o', 'remount,ro', directory]);
const refusal = await open().then(
  (opened) => opened.close(),
  (error) => error.code,
);
if (refusal !== 'OUTBOX_READ_ONLY') amiss.untyped++;
if ((await readOutbox(state, openStore)).rows.length !== rows.length) amiss.lost++;
figures.acknowledged = acknowledged.size;
process.stdout.write(`${JSON.stringify({ ...figures, ...amiss })}\n`);
