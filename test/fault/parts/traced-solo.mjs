import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { traced } from './disk-trace.mjs';
import { acknowledgedIn } from './examine.mjs';

const CHILD = fileURLToPath(new URL('./solo-process.mjs', import.meta.url));

/** Calls that an outbox makes, about how many of each in a run, and how they fail in the field. */
export const FAILURES = [
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
 * One orderly life of an outbox in `directory`, during which strace does what `inject` says to its calls on the
 * outbox's files; the runtime's own are neither counted nor touched.
 *
 * @returns what it noted, and how it ended: exit code or signal
 */
export async function tracedLife(directory, { key, store, weaken = 'none', inject }) {
  const state = join(directory, 'state');
  const notes = join(directory, 'notes');
  const log = join(directory, 'trace');
  mkdirSync(state, { recursive: true });
  const words = ['--directory', state, '--notes', notes, '--key', key, '--store', store, '--weaken', weaken];
  const ended = await traced([process.execPath, CHILD, ...words, '--count', '30', '--orderly'], {
    log,
    calls: FAILURES.map((each) => each.call).join(),
    paths: pathsIn(state),
    inject: [inject],
  });
  const lines = existsSync(notes) ? readFileSync(notes, 'utf8').split('\n') : [];
  const injected = ended === 'SIGKILL' || readFileSync(log, 'latin1').includes('(INJECTED)');
  return { state, ended, injected, lines, acknowledged: acknowledgedIn(lines) };
}

function pathsIn(state) {
  const names = ['outbox.sqlite', 'outbox.sqlite-wal', 'outbox.sqlite-shm', 'outbox-log', 'quarantine'];
  const segments = ['00000001.log', '00000001.log.new', '00000002.log'].map((name) => `outbox-log/${name}`);
  return [state, ...[...names, ...segments].map((name) => join(state, name))];
}
