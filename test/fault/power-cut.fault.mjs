import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Disk } from './parts/disk-replay.mjs';
import { readTrace, traced } from './parts/disk-trace.mjs';
import { acknowledgedIn, examine } from './parts/examine.mjs';
import { createRandom } from './parts/random.mjs';
import { makeKey } from './parts/specimen.mjs';

const CHILD = fileURLToPath(new URL('./parts/solo-process.mjs', import.meta.url));
const MODELS = ['prefix', 'drop', 'strict'];

/**
 * Records every call that changes the disk while an outbox works through three lives (strace), then cuts the power at random places and
 * rebuilds what the disk may hold, in three models. In each state a real outbox is opened: all that was acknowledged
 * before the cut must be in it. The control runs SQLite as most do (WAL, NORMAL) and without the second copy.
 */
export async function run({ count = 60, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-cut-'));
  try {
    const operations = await record(directory, { store, weaken: control ? 'unsynced' : 'none' });
    const pem = readFileSync(join(directory, 'key.pem'), 'utf8');
    const figures = { operations: operations.length, acknowledged: operations.filter(isAck).length };
    let bad = 0;
    for (const model of MODELS) {
      const verdict = await cutOften(operations, {
        model,
        count,
        seed,
        store,
        pem,
        withoutLog: control,
        base: join(directory, 'state'),
      });
      figures[model] = verdict;
      bad += verdict.lost + verdict.altered + verdict.broken + verdict.damaged;
    }
    return { ok: control ? bad > 0 : bad === 0 && figures.acknowledged > 20, figures };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const isAck = ({ type, line }) => type === 'note' && line.startsWith('ack ');

async function record(directory, { store, weaken }) {
  const key = join(directory, 'key.pem');
  const notes = join(directory, 'notes');
  const log = join(directory, 'trace');
  writeFileSync(key, makeKey());
  const state = join(directory, 'state');
  const words = [
    '--directory',
    state,
    '--notes',
    notes,
    '--key',
    key,
    '--store',
    store,
    '--weaken',
    weaken,
    '--count',
    '60',
  ];
  // Each ends by SIGKILL, so that the second and third begin with what a crash leaves.
  const thrice = ['sh', '-c', '"$@"; "$@"; "$@"', 'sh'];
  await traced([...thrice, process.execPath, CHILD, ...words], { log });
  return readTrace(log, `${state}/`, notes);
}

async function cutOften(operations, { model, count, seed, store, pem, withoutLog, base }) {
  const random = createRandom(seed * 31 + MODELS.indexOf(model));
  const first = operations.findIndex(isAck);
  const cuts = Array.from({ length: count }, () => random.between(first + 1, operations.length + 1)).sort(
    (a, b) => a - b,
  );
  const disk = new Disk();
  const acknowledged = [];
  const verdict = { states: 0, lost: 0, altered: 0, broken: 0, damaged: 0 };
  const place = mkdtempSync(join(shared(), 'cut-'));
  let at = 0;
  for (const cut of cuts) {
    for (; at < cut; at++) {
      const operation = operations[at];
      if (operation.type !== 'note') disk.apply(operation);
      else if (isAck(operation)) acknowledged.push(...acknowledgedIn([operation.line]));
    }
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place);
    layOut(disk.afterCut(model, random), { base, place, withoutLog });
    const seen = await examine(place, { acknowledged, store, pem });
    verdict.states++;
    verdict.lost += seen.lost > 0 ? 1 : 0;
    verdict.altered += seen.altered;
    verdict.broken += seen.broken === undefined ? 0 : 1;
    verdict.damaged += Number(seen.damaged);
    if (seen.broken !== undefined) verdict.example ??= seen.broken;
  }
  rmSync(place, { recursive: true, force: true });
  return verdict;
}

/** In memory where there is room: the replay is about what is on the disk, not about its speed. */
function shared() {
  return statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() ? '/dev/shm' : tmpdir();
}

function layOut(content, { base, place, withoutLog }) {
  for (const [path, bytes] of content) {
    const name = path.slice(base.length + 1);
    if (withoutLog && name.includes('log/')) continue;
    const file = join(place, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}
