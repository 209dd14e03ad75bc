import { execFile } from 'node:child_process';
import { mkdtemp, open as openFile, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutbox } from '#built/outbox/open-outbox.js';
import type { Outbox } from '#built/outbox/port.js';
import { openSqlite3Store } from '#built/outbox/sqlite3-driver.js';
import { draft, testSigner } from './draft.js';
import { movableClock } from './movable-clock.js';

const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

function outboxCommand(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'outbox', ...words], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('countersign outbox', () => {
  let directory: string;
  let outbox: Outbox | undefined;
  const where = () => ['--state-directory', directory];
  const begin = async (count: number): Promise<Outbox> => {
    outbox = await openOutbox(
      { directory, quotaMb: 64, reserveKb: 64, keepDays: 400 },
      { sign: testSigner(), clock: movableClock(), openStore: openSqlite3Store },
    );
    for (let i = 0; i < count; i++) await outbox.append(draft());
    const [first] = await outbox.take(1, new Set());
    const at = '2026-11-23T08:00:01.000Z';
    if (first !== undefined) {
      const { seq, id, hash } = first;
      await outbox.confirm({ terminal: 't1', issuedAt: at, id, seq, hash, accepted: true, at });
    }
    return outbox;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outbox-command-'));
  });
  afterEach(async () => {
    await outbox?.close();
    outbox = undefined;
    await rm(directory, { recursive: true });
  });

  it('counts, lists and proves the queue of a service that runs, and leaves it alone', async () => {
    const running = await begin(4);
    await running.markSent(2);
    const status = await outboxCommand('status', ...where(), '--json');
    expect(status.code).toBe(0);
    expect(JSON.parse(status.out)).toMatchObject({
      running: true,
      confirmed: 1,
      lastSeq: 4,
      source: 'database',
    });
    const list = await outboxCommand('list', ...where(), '--json');
    expect(JSON.parse(list.out).map(({ seq }: { seq: number }) => seq)).toEqual([2, 3, 4]);
    const every = await outboxCommand('list', ...where(), '--all', '--limit', '1');
    expect(every.out).toMatch(/^ +1 {2}confirmed .* accepted /);
    expect(every.err).toContain('3 more');
    const verify = await outboxCommand('verify', ...where());
    expect(verify).toMatchObject({ code: 0, out: expect.stringContaining('The chain holds.') });
    expect(await running.append(draft())).toMatchObject({ seq: 5 });
    expect(await running.check()).toMatchObject({ ok: true });
  });

  it('prints and exports no more than the wire would carry', async () => {
    const running = await begin(3);
    const file = join(directory, 'reports.jsonl');
    expect(await outboxCommand('export', file, ...where())).toMatchObject({ code: 0 });
    const lines = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const entries = await running.take(10, new Set());
    expect(lines).toEqual(entries.map(({ seq, id, hash, jws }) => ({ seq, id, hash, jws })));
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await outboxCommand('export', file, ...where())).toMatchObject({ code: 3 });
    const said = await Promise.all(
      ['status', 'list', 'verify'].map((verb) => outboxCommand(verb, ...where())),
    );
    const claims = Buffer.from(entries[0]?.jws.split('.')[1] ?? '', 'base64url').toString();
    expect(claims).toContain('face-matches-card');
    for (const { out } of said) expect(out).not.toMatch(/face-matches-card|eyJ/);
  });

  it('answers from the second copy when the database is damaged, and says so with exit code 1', async () => {
    await (await begin(4)).close();
    const file = await openFile(join(directory, 'outbox.sqlite'), 'r+');
    await file.write(Buffer.alloc(30_000, 0x5a), 0, 30_000, 0);
    await file.close();
    const verify = await outboxCommand('verify', ...where(), '--json');
    expect(verify.code).toBe(1);
    expect(JSON.parse(verify.out)).toMatchObject({
      ok: false,
      source: 'second-copy',
      databaseFault: 'SQLITE_NOTADB',
      reports: 4,
      problems: [],
    });
    const list = await outboxCommand('list', ...where(), '--json');
    expect(JSON.parse(list.out)).toHaveLength(3);
  });

  it('finds a chain that somebody tampered with', async () => {
    await (await begin(4)).close();
    const store = await openSqlite3Store(join(directory, 'outbox.sqlite'), { maxPages: 10_000 });
    await store.write([{ sql: 'DELETE FROM reports WHERE seq = 3' }]);
    await store.close();
    const verify = await outboxCommand('verify', ...where());
    expect(verify.code).toBe(1);
    expect(verify.out).toContain('number 4: gap');
  });

  it('says where there is no queue, and what it does not understand', async () => {
    expect(await outboxCommand('status', ...where())).toMatchObject({
      code: 3,
      err: expect.stringContaining('OUTBOX_MISSING'),
    });
    expect(await outboxCommand('list', ...where(), '--limit', '0')).toMatchObject({ code: 2 });
  });
});
