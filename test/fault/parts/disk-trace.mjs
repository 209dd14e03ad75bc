import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Every call that changes what a power cut may leave behind. */
const CALLS =
  'openat,write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,fallocate';

/** Runs a command under strace; resolves to its exit code or signal. */
export function traced(command, options) {
  const { log, inject = [], paths = [], calls = CALLS } = options;
  const filters = ['-e', `trace=${calls}`, '-e', 'signal=none', ...inject.flatMap((each) => ['-e', each])];
  filters.push(...paths.flatMap((path) => ['-P', path]));
  const child = spawn(
    'strace',
    ['-f', '-qq', '-y', '-xx', '-s', '300000', ...filters, '-o', log, ...command],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      // Submission rings would pass the tracer by.
      env: { ...process.env, UV_USE_IO_URING: '0' },
    },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
}

const LINE = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/;
const text = (hex) => bytesOf(hex).toString('utf8');
const bytesOf = (hex) => Buffer.from(hex.replaceAll('\\x', ''), 'hex');

/**
 * The trace as a list of operations on files below `directory` (and the notes file), each with the place in time where
 * it began and where it ended: only what had ended before a sync began is covered by it.
 */
export async function readTrace(log, directory, notes) {
  const operations = [];
  const running = new Map();
  let moment = 0;
  for await (const line of createInterface({ input: createReadStream(log) })) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, thread, resumed, called, rest] = match;
    moment++;
    if (resumed !== undefined) {
      const before = running.get(thread);
      running.delete(thread);
      if (before !== undefined) finish(before, rest);
    } else {
      const operation = { call: called, began: moment, given: rest };
      if (rest.endsWith('<unfinished ...>')) running.set(thread, operation);
      else finish(operation, rest);
    }
  }
  // Cut down in mid-call: it may have happened.
  for (const operation of running.values()) operations.push(parse(operation, undefined));
  return operations.filter((each) => each !== undefined).sort((a, b) => a.began - b.began);

  function finish(operation, rest) {
    const result = /\) += (-?\d+)(?:<([^>]*)>)?/.exec(rest);
    if (result === null || Number(result[1]) < 0) return;
    operations.push(parse({ ...operation, ended: moment }, { value: Number(result[1]), path: result[2] }));
  }

  function parse({ call, began, ended = Number.POSITIVE_INFINITY, given }, result) {
    const times = { began, ended };
    const named = /^\d+<([^>]*)>/.exec(given);
    const path = named === null ? undefined : text(named[1]);
    if (path === notes && call === 'write')
      return { type: 'note', line: text(/"([^"]*)"/.exec(given)[1]).trim(), ...times };
    const inside = (name) => name?.startsWith(directory) === true && !name.endsWith('-shm');
    if (call === 'openat') {
      if (result?.path === undefined || !inside(text(result.path)) || !given.includes('O_CREAT'))
        return undefined;
      return { type: 'create', path: text(result.path), truncates: given.includes('O_TRUNC'), ...times };
    }
    if (call === 'rename' || call === 'unlink') {
      const [from, to] = [...given.matchAll(/"([^"]*)"/g)].map((each) => text(each[1]));
      return inside(from)
        ? { type: call, path: from, ...(to === undefined ? {} : { to }), ...times }
        : undefined;
    }
    if (!inside(path)) return undefined;
    if (call === 'fsync' || call === 'fdatasync') return { type: 'sync', path, ...times };
    if (call === 'ftruncate')
      return { type: 'truncate', path, length: Number(/, (\d+)/.exec(given)[1]), ...times };
    if (call === 'pwrite64' || call === 'write') {
      const [, hex, tail] = /"([^"]*)"(.*)/.exec(given);
      const offset = call === 'write' ? undefined : Number(/^, \d+, (\d+)/.exec(tail)[1]);
      return { type: 'write', path, bytes: bytesOf(hex), offset, ...times };
    }
    throw new Error(`the trace has a call that the replay does not know: ${call}`);
  }
}
