import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 20 };
const HEALTH = new URL('../../dist/health/create-health.js', import.meta.url).href;
const CLOCK = new URL('../../dist/clock/system-driver.js', import.meta.url).href;

/** A service in small: it says when it is ready, feeds, and stops when told to. */
const SERVICE = `
import { createHealth } from '${HEALTH}';
import { createSystemClock } from '${CLOCK}';
const check = async () => ({ name: 'reader', ok: true, detail: 'fine' });
const health = createHealth({ intervalMs: 50 }, { checks: [check], clock: createSystemClock() });
process.once('SIGTERM', () => health.close().then(() => process.exit(0)));
setInterval(() => {}, 1000);
await health.ready();
`;

/**
 * The manager's side: a datagram socket. A descriptor that comes with a message is closed as the manager does when it
 * has taken the message: systemd-notify waits for that. (socat would keep it open.)
 */
const MANAGER = `
import socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1])
with open(sys.argv[2], 'ab', buffering=0) as record:
    while True:
        record.write(end.recv(4096) + b'\\n')
`;

let directory: string;
let manager: ChildProcess;
let record: string;
const told = () => readFile(record, 'utf8').catch(() => '');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notify-socket-'));
  record = join(directory, 'told');
  const socket = join(directory, 'notify');
  manager = spawn('python3', ['-c', MANAGER, socket, record], { stdio: 'ignore' });
  await vi.waitFor(() => access(socket), PATIENCE);
});
afterEach(async () => {
  manager.kill();
  await once(manager, 'exit');
  await rm(directory, { recursive: true, force: true });
});

describe('the service and a real notify socket', () => {
  test('READY, WATCHDOG again and again, STOPPING', async () => {
    const service = execFile(process.execPath, ['--input-type=module', '-e', SERVICE], {
      env: { PATH: process.env['PATH'], NOTIFY_SOCKET: join(directory, 'notify'), WATCHDOG_USEC: '300000' },
    });
    await vi.waitFor(async () => expect(await told()).toContain('READY=1'), PATIENCE);
    await vi.waitFor(
      async () => expect((await told()).split('WATCHDOG=1').length).toBeGreaterThan(3),
      PATIENCE,
    );
    expect(await told()).not.toContain('STOPPING=1');
    service.kill('SIGTERM');
    const [code] = await once(service, 'exit');
    expect(code).toBe(0);
    expect(await told()).toContain('STOPPING=1');
  });
});
