import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { damage } from './parts/damage.mjs';
import { acknowledgedIn, examine } from './parts/examine.mjs';
import { createRandom } from './parts/random.mjs';
import { makeKey } from './parts/specimen.mjs';

const CHILD = fileURLToPath(new URL('./parts/solo-process.mjs', import.meta.url));

/**
 * Damages the database or the second copy in random ways, of a queue that was closed in order and of one that was
 * killed, and opens it twice. Nothing that was acknowledged may be missing, nothing altered may be sent, and the
 * second opening must find all well. The control has no second copy: then reports must be missing.
 */
export async function run({ count = 40, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'outbox-corrupt-'));
  const random = createRandom(seed);
  const pem = makeKey();
  const key = join(directory, 'key.pem');
  writeFileSync(key, pem);
  try {
    const queues = ['closed', 'killed'].map((name) => makeQueue(directory, { name, key, store }));
    const figures = { trials: 0, reports: 0, lost: 0, altered: 0, broken: 0, startedAnew: 0, examples: [] };
    for (let trial = 0; trial < count; trial++) {
      const { now, older, acknowledged } = queues[trial % 2];
      const place = join(directory, 'trial');
      rmSync(place, { recursive: true, force: true });
      cpSync(now, place, { recursive: true });
      const side = control || random.chance(0.6) ? 'database' : 'log';
      const done = damage(place, { side, older, random });
      if (control) rmSync(join(place, 'outbox-log'), { recursive: true });
      const seen = await examine(place, { acknowledged, store, pem });
      const again = await examine(place, { acknowledged, store, pem });
      figures.trials++;
      figures.reports += acknowledged.length;
      figures.lost += again.lost;
      figures.altered += seen.altered + again.altered;
      figures.startedAnew += existsSync(join(place, 'quarantine')) ? 1 : 0;
      const broken = [seen.broken, again.broken].find((each) => each !== undefined && !isGap(each, control));
      if (broken !== undefined) figures.broken++;
      if (again.lost > 0 || broken !== undefined)
        figures.examples.push({ trial, done, lost: again.lost, broken });
    }
    figures.examples.splice(control ? 0 : 5);
    const bad = figures.lost + figures.altered + figures.broken;
    return { ok: control ? figures.lost > 0 && figures.altered === 0 : bad === 0, figures };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without a second copy, reports that are gone leave gaps. */
const isGap = (broken, control) => control && /^(gap|previous-does-not-fit) /.test(broken);

function makeQueue(directory, { name, key, store }) {
  const now = join(directory, name);
  const older = join(directory, `${name}-older`);
  const notes = join(directory, `${name}-notes`);
  const words = [CHILD, '--directory', now, '--notes', notes, '--key', key, '--store', store];
  execFileSync(process.execPath, [...words, '--count', '20', '--orderly']);
  cpSync(now, older, { recursive: true });
  // Long enough for a second segment. The killed one dies when the second copy, which follows a
  // few milliseconds later, has come after.
  const last = spawnSync(process.execPath, [
    ...words,
    '--count',
    '110',
    ...(name === 'closed' ? ['--orderly'] : ['--pause', '500']),
  ]);
  if (last.status !== 0 && last.signal !== 'SIGKILL') throw new Error(String(last.stderr));
  const acknowledged = acknowledgedIn(readFileSync(notes, 'utf8').split('\n'));
  return { now, older, acknowledged };
}
