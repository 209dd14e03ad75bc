import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { traced } from './parts/disk-trace.mjs';
import { acknowledgedIn, examine } from './parts/examine.mjs';
import { createRandom } from './parts/random.mjs';
import { makeKey } from './parts/specimen.mjs';

const CHILD = fileURLToPath(new URL('./parts/solo-process.mjs', import.meta.url));

/** Calls that an outbox makes, about how many of each in a run, and how they fail in the field. */
const FAILURES = [
  { call: 'pwrite64', most: 60, errors: ['EIO', 'ENOSPC', 'EROFS'] },
  { call: 'fsync', most: 15, errors: ['EIO', 'ENOSPC'] },
  { call: 'write', most: 10, errors: ['EIO', 'ENOSPC', 'EROFS'] },
  { call: 'pread64', most: 20, errors: ['EIO'] },
  { call: 'openat', most: 12, errors: ['EIO', 'EACCES', 'EMFILE', 'ENOSPC'] },
  { call: 'fdatasync', most: 2, errors: ['EIO', 'ENOSPC'] },
  { call: 'ftruncate', most: 2, errors: ['EIO', 'ENOSPC'] },
  { call: 'rename', most: 2, errors: ['EIO', 'ENOSPC'] },
  { call: 'unlink', most: 2, errors: ['EIO', 'EROFS'] },
];

/**
 * Lets one call on the outbox's files fail (strace), once, or from then on. The process may refuse and may end, with a
 * code of its own; what it acknowledged must be there afterwards. The control acknowledges before it wrote,
 * and has no second copy.
 */
export async function run({ count = 12, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-calls-'));
  const random = createRandom(seed);
  const pem = makeKey();
  const key = join(directory, 'key.pem');
  writeFileSync(key, pem);
  const figures = {
    trials: 0,
    injected: 0,
    acknowledged: 0,
    refused: 0,
    lost: 0,
    altered: 0,
    broken: 0,
    untyped: 0,
    examples: [],
  };
  try {
    for (let trial = 0; trial < count; trial++) {
      const { call, most, errors } = FAILURES[control ? 0 : trial % FAILURES.length];
      const first = control ? random.between(25, 40) : random.between(1, most + 1);
      const where = `${first}${control || random.chance(0.3) ? '+' : ''}`;
      const failure = `inject=${call}:error=${random.pick(errors)}:when=${where}`;
      const state = join(directory, `state-${trial}`);
      const notes = join(directory, `notes-${trial}`);
      const log = join(directory, 'trace');
      mkdirSync(state);
      writeFileSync(notes, '');
      const words = [
        '--directory',
        state,
        '--notes',
        notes,
        '--key',
        key,
        '--store',
        store,
        '--count',
        '30',
        '--orderly',
      ];
      const weaken = ['--weaken', control ? 'early' : 'none'];
      const ended = await traced([process.execPath, CHILD, ...words, ...weaken], {
        log,
        calls: FAILURES.map((each) => each.call).join(),
        paths: pathsIn(state),
        inject: [failure],
      });
      const lines = readFileSync(notes, 'utf8').split('\n');
      const acknowledged = acknowledgedIn(lines);
      // The second copy would save what the control claims to have written.
      if (control) rmSync(join(state, 'outbox-log'), { recursive: true, force: true });
      const seen = await examine(state, { acknowledged, store, pem });
      const untyped = lines.filter((line) => line.includes('UNTYPED'));
      figures.trials++;
      figures.injected += readFileSync(log, 'latin1').includes('(INJECTED)') ? 1 : 0;
      figures.acknowledged += acknowledged.length;
      figures.refused += lines.filter((line) => /^(fault|unopened) /.test(line)).length;
      figures.lost += seen.lost;
      figures.altered += seen.altered;
      figures.untyped += untyped.length;
      const broken = seen.broken ?? (ended === 0 || ended === 4 ? undefined : `ended with ${ended}`);
      if (broken !== undefined) figures.broken++;
      if (broken !== undefined || seen.lost + untyped.length > 0) {
        figures.examples.push({ failure, broken, lost: seen.lost, untyped: untyped[0] });
      }
      rmSync(state, { recursive: true });
    }
    figures.examples.splice(control ? 0 : 5);
    const { lost, altered, broken, untyped, injected } = figures;
    const bad = lost + altered + broken + untyped;
    return { ok: control ? lost > 0 : bad === 0 && injected > 0, figures };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Only calls on these are counted and failed: the runtime's own stay whole. */
function pathsIn(state) {
  const names = [
    'outbox.sqlite',
    'outbox.sqlite-wal',
    'outbox.sqlite-shm',
    'outbox-log',
    'outbox-log/00000001.log',
  ];
  const more = ['outbox-log/00000001.log.new', 'outbox-log/00000002.log', 'quarantine'];
  return [state, ...[...names, ...more].map((name) => join(state, name))];
}
