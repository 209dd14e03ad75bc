import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSamVReader } from '#built/card/sam-v-driver.js';
import { steadyClock } from '../unit/card/steady-clock.js';

// Processes are started here: on a machine with much else to do that alone takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const RESPONDER = fileURLToPath(new URL('./card-responder.py', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let responder: ChildProcessByStdio<Writable, Readable, null> | undefined;

async function respond(card: string): Promise<string> {
  const child = spawn('python3', [RESPONDER, card], { stdio: ['pipe', 'pipe', 'inherit'] });
  responder = child;
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the responder did not start');
}

afterEach(async () => {
  const child = responder;
  responder = undefined;
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  await ended;
});

async function run(...parameters: string[]) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, 'card', ...parameters]).catch(
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
  return { stdout, stderr };
}

describe('a reader that this project did not write', () => {
  test.each([
    [
      'resident',
      {
        kind: 'resident-id',
        name: '样本甲',
        sex: 'male',
        ethnicGroup: '04',
        number: '440524188001010014',
        validFrom: '2010-01-02',
        validUntil: 'long-term',
      },
    ],
    [
      'permit',
      {
        kind: 'hk-mo-tw-residence-permit',
        name: '样本乙',
        permitNumber: 'T87654321',
        issueCount: 3,
        validUntil: '2025-02-02',
      },
    ],
    [
      'foreigner-2017',
      {
        kind: 'foreign-permanent-resident-2017',
        nameLatin: 'ZHENGJIAN YANGBEN',
        number: 'CAN110081080310',
        nationality: 'CAN',
        issuer: '1500',
      },
    ],
    [
      'foreigner-2023',
      {
        kind: 'foreign-permanent-resident-2023',
        name: '样本丙',
        nationality: 'SAU',
        number: '932682198501010017',
        oldNumberLink: '001',
      },
    ],
  ])('is read: %s', async (card, fields) => {
    const path = await respond(card);
    const reader = createSamVReader({ path, baudRate: 'auto', pollMs: 300 }, { clock: steadyClock });
    try {
      const read = await reader.read(AbortSignal.timeout(60_000));
      expect(read.fields).toMatchObject(fields);
      expect(read.samId).toBe('05.03-20190101-0001234567-0007654321');
      expect(read.photo?.bytes).toHaveLength(1024);
      expect(read.photo?.bytes.slice(8, 12)).toEqual(Uint8Array.of(0, 1, 2, 3));
    } finally {
      await reader.close();
    }
  });

  test('`card read` prints masked fields on stdout, and JSON alone with --json', async () => {
    const path = await respond('resident');
    const { stdout } = await run('read', '--port', path, '--json');
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({
      kind: 'resident-id',
      name: '样**',
      number: '440524**********14',
      sex: 'male',
      birthDate: '1880-**-**',
      validUntil: 'long-term',
      photo: { kind: 'wlt', bytes: 1024 },
      samId: '05.03-20190101-0001234567-0007654321',
    });
    expect(printed.checks).toContainEqual({ code: 'number-checksum', ok: true });
    expect(stdout).not.toMatch(/样本甲|440524188001010014|样例村|1880-01-01/);
  });

  test('`card read` without --json is masked, too, and says on stderr what to do', async () => {
    const path = await respond('resident');
    const { stdout, stderr } = await run('read', '--port', path);
    expect(stdout).toContain('440524**********14');
    expect(stdout + stderr).not.toMatch(/样本甲|440524188001010014|样例村|1880-01-01/);
    expect(stderr).toContain('Place a card on the reader.');
  });

  test('`card read --unmasked` prints the fields in full', async () => {
    const path = await respond('resident');
    const { stdout } = await run('read', '--port', path, '--json', '--unmasked');
    expect(JSON.parse(stdout)).toMatchObject({ name: '样本甲', number: '440524188001010014' });
  });

  test('`card sam` prints the id of the module', async () => {
    const path = await respond('resident');
    const { stdout } = await run('sam', '--port', path);
    expect(stdout).toContain('05.03-20190101-0001234567-0007654321');
  });
});
