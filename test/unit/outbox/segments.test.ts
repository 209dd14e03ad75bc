import { mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '#built/outbox/frames.js';
import { readSegment, SegmentLog, segmentNumbers } from '#built/outbox/segments.js';

const report = (seq: number, jws = `body-${seq}.${'x'.repeat(3000)}`): LogRecord => ({
  type: 'report',
  seq,
  id: `id-${seq}`,
  hash: `hash-${seq}`,
  jws,
  at: '2026-11-24T00:00:00.000Z',
});
const confirmed = (seq: number): LogRecord => ({
  type: 'confirmed',
  seq,
  hash: `hash-${seq}`,
  accepted: true,
  at: '2026-11-24T00:00:01.000Z',
});
const fact = (key: string, value: string, revision: number): LogRecord => ({
  type: 'fact',
  key,
  value,
  revision,
});

describe('segments', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'segments-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const readAll = async (): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for (const number of await segmentNumbers(directory)) {
      records.push(...(await readSegment(directory, number)).records);
    }
    return records;
  };

  const openFiles = async (): Promise<string[]> => {
    const numbers = await readdir('/proc/self/fd');
    return Promise.all(numbers.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => 'closed')));
  };

  it('go on in a new one when full, which begins with the newest facts', async () => {
    const log = await SegmentLog.open(directory);
    await log.append([fact('a', 'old', 1), fact('b', 'only', 2)]);
    await log.append([fact('a', 'new', 3)]);
    for (let seq = 1; seq <= 200; seq++) await log.append([report(seq)]);
    await log.close();
    expect(await segmentNumbers(directory)).toEqual([1, 2]);
    const { records, damagedBytes } = await readSegment(directory, 2);
    expect(damagedBytes).toBe(0);
    expect(records.slice(0, 2)).toEqual([fact('a', 'new', 3), fact('b', 'only', 2)]);
    expect((await readAll()).filter(({ type }) => type === 'report')).toHaveLength(200);
  });

  it('leave nothing behind that takes room when the disk is too full to write one anew', async () => {
    const log = await SegmentLog.open(directory);
    await log.append([report(1), confirmed(1)]);
    const [name = ''] = await readdir(directory);
    await symlink('/dev/full', join(directory, `${name}.new`));
    await expect(log.eraseBodies()).rejects.toMatchObject({ code: 'ENOSPC' });
    await log.close();
    expect(await readdir(directory)).toEqual([name]);
    expect(await readAll()).toEqual([report(1), confirmed(1)]);
  });

  it('hold no file open whose beginning a full disk did not take', async () => {
    const log = await SegmentLog.open(directory);
    await symlink('/dev/full', join(directory, '00000002.log'));
    const filling = async (): Promise<void> => {
      for (let seq = 1; seq <= 200; seq++) await log.append([fact('a', 'b', seq), report(seq)]);
    };
    await expect(filling()).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await openFiles()).not.toContain('/dev/full');
    await log.close();
  });

  it('lose the bodies of confirmed reports, and nothing else', async () => {
    const log = await SegmentLog.open(directory);
    for (let seq = 1; seq <= 3; seq++) await log.append([report(seq)]);
    await log.append([confirmed(2)]);
    expect(await log.eraseOne()).toBe(false);
    expect(JSON.stringify(await readAll())).toContain('body-2');
    await log.eraseBodies();
    await log.append([report(4)]);
    await log.close();
    const text = JSON.stringify(await readAll());
    expect(text).not.toContain('body-2');
    for (const kept of ['body-1', 'body-3', 'body-4', 'hash-2', '"confirmed"']) expect(text).toContain(kept);
    expect(await readdir(directory)).toEqual(['00000001.log']);
  });

  it('lose bodies by themselves once none of those in a segment is needed', async () => {
    const log = await SegmentLog.open(directory);
    for (let seq = 1; seq <= 80; seq++) await log.append([report(seq)]);
    for (let seq = 1; seq <= 79; seq++) await log.append([confirmed(seq)]);
    expect(await log.eraseOne()).toBe(false);
    for (const kept of ['body-1.', 'body-80.']) expect(JSON.stringify(await readAll())).toContain(kept);
    await log.append([confirmed(80)]);
    expect(await log.eraseOne()).toBe(true);
    expect(await log.eraseOne()).toBe(false);
    await log.close();
    const text = JSON.stringify(await readAll());
    for (const gone of ['body-1.', 'body-80.']) expect(text).not.toContain(gone);
    expect(text).toContain('hash-1"');
  });

  it('go when all in them is forgotten; the current one stays', async () => {
    const log = await SegmentLog.open(directory);
    for (let seq = 1; seq <= 500; seq++) await log.append([report(seq)]);
    const all = await segmentNumbers(directory);
    expect(all.length).toBeGreaterThan(2);
    const first = (await readSegment(directory, 1)).records.length;
    await log.forget(first - 1);
    expect(await segmentNumbers(directory)).toEqual(all);
    await log.forget(first);
    expect(await segmentNumbers(directory)).toEqual(all.slice(1));
    await log.forget(1000);
    expect(await segmentNumbers(directory)).toEqual(all.slice(-1));
    await log.close();
  });
});
