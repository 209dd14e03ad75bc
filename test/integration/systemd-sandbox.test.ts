import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FarSide, raiseFarSide } from '../contract/camera-far-side.js';

const run = promisify(execFile);
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const UNIT = new URL('../../systemd/countersign.service', import.meta.url).pathname;

/** So frequent that watching them takes minutes. All of them are in @basic-io, @file-system or @default. */
const UNWATCHED =
  'read,write,pread64,pwrite64,readv,writev,lseek,close,openat,fstat,newfstatat,statx,mmap,munmap,mprotect,madvise,brk,' +
  'futex,epoll_wait,epoll_pwait,epoll_ctl,ppoll,fcntl,rt_sigprocmask,rt_sigaction,clock_gettime,sched_yield,getpid';

/** The service makes files of its own account; as root, SQLite and npm packages give files to their owners. */
const OF_ROOT_ALONE = ['fchown'];

/** Name of a set → the calls in it, sets within sets resolved. */
async function callSets(): Promise<(name: string) => Set<string>> {
  const { stdout } = await run('systemd-analyze', ['--no-pager', 'syscall-filter'], { maxBuffer: 1e7 });
  const sets = new Map<string, string[]>();
  let inside: string[] = [];
  for (const line of stdout.replaceAll(/\p{Cc}\[[0-9;]*m/gu, '').split('\n')) {
    if (line.startsWith('@')) {
      inside = [];
      sets.set(line.trim(), inside);
    } else if (/^ +[@a-z_0-9]/.test(line)) inside.push(line.trim());
  }
  const resolve = (name: string): Set<string> =>
    name.startsWith('@')
      ? new Set((sets.get(name) ?? []).flatMap((each) => [...resolve(each)]))
      : new Set([name]);
  return resolve;
}

/** The calls that the unit lets through, by its own lines. */
async function allowedCalls(unit: string): Promise<Set<string>> {
  const resolve = await callSets();
  const allowed = new Set<string>();
  for (const [, without, names = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const call of names.split(' ').flatMap((name) => [...resolve(name)])) {
      if (without === '~') allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

let far: FarSide;
let directory: string;
beforeAll(async () => {
  far = await raiseFarSide();
  directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterAll(async () => {
  await far.strike();
  await rm(directory, { recursive: true, force: true });
});

describe('the sandbox and the program', () => {
  test('every system call of networks, camera and command is one that the unit lets through', async () => {
    const trace = join(directory, 'trace');
    const config = join(directory, 'config.yaml');
    await writeFile(
      config,
      `stateDirectory: ${directory}\ncamera: {driver: stream, command: [${far.streamCommand.join(', ')}]}\n`,
    );
    const doctor = [
      MAIN,
      'doctor',
      '--json',
      '--only',
      'models,camera,lights,disk,clock',
      '--config',
      config,
    ];
    const strace = [
      '-f',
      '--seccomp-bpf',
      '-qq',
      '-o',
      trace,
      '-e',
      `trace=!${UNWATCHED.replaceAll(/\w+/g, '?$&')}`,
    ];
    const { stdout } = await run('strace', [...strace, process.execPath, ...doctor]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });

    const seen = new Set<string>();
    for (const [, call = ''] of (await readFile(trace, 'utf8')).matchAll(/^(?:\d+ +)?([a-z_0-9]+)\(/gm))
      seen.add(call);
    // The trace is one of this program, not of nothing.
    for (const call of ['execve', 'setsid', 'pipe2', 'kill']) expect(seen).toContain(call);

    const allowed = await allowedCalls(await readFile(UNIT, 'utf8'));
    expect(allowed.size).toBeGreaterThan(200);
    for (const call of [...UNWATCHED.split(','), ...OF_ROOT_ALONE]) seen.delete(call);
    expect([...seen].filter((call) => !allowed.has(call))).toEqual([]);
    expect(UNWATCHED.split(',').filter((call) => !allowed.has(call))).toEqual([]);
    for (const call of ['mount', 'ptrace', 'init_module', 'reboot', 'setuid', 'bpf'])
      expect(allowed).not.toContain(call);
  }, 120_000);
});
