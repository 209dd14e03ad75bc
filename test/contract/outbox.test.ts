import { copyFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkChain, hashOf } from '#built/outbox/chain.js';
import { openNodeSqliteStore } from '#built/outbox/node-sqlite-driver.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import type { Outbox, OutboxEntry, SignReport } from '#built/outbox/port.js';
import { readOutbox } from '#built/outbox/read-outbox.js';
import { openSqlite3Store } from '#built/outbox/sqlite3-driver.js';
import type { OpenStore } from '#built/outbox/store.js';
import { draft, testSigner } from '../unit/outbox/draft.js';
import { movableClock } from '../unit/outbox/movable-clock.js';

/** The drivers that this runtime has: node:sqlite came with Node 22.5. */
const DRIVERS: [name: string, openStore: OpenStore][] = [['sqlite3', openSqlite3Store]];
if (process.getBuiltinModule('node:sqlite') !== undefined) DRIVERS.push(['node:sqlite', openNodeSqliteStore]);

const receiptFor = ({ seq, id, hash }: { seq: number; id: string; hash: string }, accepted = true) => ({
  terminal: 't1',
  issuedAt: '2026-11-23T08:00:01.000Z',
  id,
  seq,
  hash,
  accepted,
  at: '2026-11-23T08:00:01.000Z',
});

describe.each(DRIVERS)('the outbox on %s', (_name, openStore) => {
  let directory: string;
  let clock: ReturnType<typeof movableClock>;
  const opened: Outbox[] = [];
  const sign = testSigner();

  interface Wishes {
    quotaMb?: number;
    keepDays?: number;
    sign?: SignReport;
    openStore?: OpenStore;
  }
  const open = async (wishes: Wishes = {}): Promise<Outbox> => {
    const { quotaMb = 64, keepDays = 400 } = wishes;
    const outbox = await openOutbox(
      { directory, quotaMb, reserveKb: 64, keepDays },
      { sign: wishes.sign ?? sign, clock, openStore: wishes.openStore ?? openStore },
    );
    opened.push(outbox);
    return outbox;
  };
  const claimsOf = ({ jws }: { jws: string }) =>
    JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
  const all = (outbox: Outbox): Promise<OutboxEntry[]> => outbox.take(10_000, new Set());

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outbox-'));
    clock = movableClock();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('numbers without gaps, chains by hash and keeps it over a restart', async () => {
    const first = await open();
    for (let i = 0; i < 5; i++) await first.append(draft());
    await first.close();
    const again = await open();
    await again.append(draft());
    const entries = await all(again);
    expect(entries.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    const links = [...entries].sort((a, b) => a.seq - b.seq);
    expect(checkChain(links)).toEqual([]);
    expect(entries.every(({ jws, hash }) => hashOf(jws) === hash)).toBe(true);
  });

  it('takes the same report once, however often it is appended', async () => {
    const outbox = await open();
    const one = draft();
    const [a, b] = await Promise.all([outbox.append(one), outbox.append(one)]);
    expect(b).toEqual(a);
    expect(await outbox.counts()).toMatchObject({ waiting: 1, lastSeq: 1 });
  });

  it('gives gapless numbers to appends that come at once', async () => {
    const outbox = await open();
    const places = await Promise.all(Array.from({ length: 20 }, () => outbox.append(draft())));
    expect(places.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('removes the body only for a receipt that fits number, id and hash', async () => {
    const outbox = await open();
    await outbox.append(draft());
    const [entry] = await all(outbox);
    if (entry === undefined) throw new Error('nothing waits');
    expect(await outbox.confirm({ ...receiptFor(entry), hash: hashOf('another') })).toBe(false);
    expect(await outbox.confirm({ ...receiptFor(entry), seq: 2 })).toBe(false);
    expect(await outbox.confirm({ ...receiptFor(entry), id: v7() })).toBe(false);
    expect(await outbox.counts()).toMatchObject({ waiting: 1, confirmed: 0 });
    expect(await outbox.confirm(receiptFor(entry))).toBe(true);
    expect(await outbox.confirm(receiptFor(entry))).toBe(true);
    expect(await outbox.counts()).toMatchObject({ waiting: 0, sent: 0, confirmed: 1 });
    expect(await all(outbox)).toEqual([]);
    await outbox.close();
    for (const name of await readdir(directory, { recursive: true })) {
      if (!/sqlite|log$/.test(name) || name.endsWith('outbox-log')) continue;
      const text = await readFile(join(directory, name), 'latin1');
      // SQLite leaves freed pages in its log until a checkpoint; the second copy must not keep the body at all.
      if (name.endsWith('.log')) expect(text).not.toContain(entry.jws);
    }
  });

  it('takes what fits of a receipt that speaks of several reports, and says whether all did', async () => {
    const outbox = await open();
    for (let i = 0; i < 6; i++) await outbox.append(draft());
    const [one, two, three, four, five] = (await all(outbox)).map((entry) => {
      const { terminal: _terminal, issuedAt: _issuedAt, ...received } = receiptFor(entry);
      return received;
    });
    if (!(one && two && three && four && five)) throw new Error('too few wait');
    const about = (first: typeof one, ...also: (typeof one)[]) => ({
      ...{ terminal: 't', issuedAt: first.at },
      ...first,
      also,
    });
    expect(await outbox.confirm(about(one, two, two, one))).toBe(true);
    expect(await outbox.counts()).toMatchObject({ waiting: 4, confirmed: 2 });
    const foreign = { ...four, hash: hashOf('another') };
    expect(await outbox.confirm(about(foreign, three, { ...five, seq: 6 }))).toBe(false);
    expect(await outbox.counts()).toMatchObject({ waiting: 3, confirmed: 3 });
    expect((await all(outbox)).map(({ seq }) => seq)).toEqual([4, 5, 6]);
  });

  it('takes many receipts in few commits, each for itself', async () => {
    let commits = 0;
    const counting: OpenStore = async (file, limits) => {
      const store = await openStore(file, limits);
      const write: typeof store.write = (statements) => {
        commits++;
        return store.write(statements);
      };
      return { ...store, write };
    };
    const outbox = await open({ openStore: counting });
    await Promise.all(Array.from({ length: 100 }, () => outbox.append(draft())));
    const entries = await all(outbox);
    for (const seq of [1, 2, 3]) await outbox.markSent(seq);
    const receipts = entries.map((entry) => receiptFor(entry, entry.seq % 10 !== 0));
    const foreign = receipts.slice(0, 20).map((receipt) => ({ ...receipt, hash: hashOf(`${receipt.seq}`) }));
    const before = commits;
    const answers = await Promise.all(
      [...foreign, ...receipts.slice(0, 99), ...receipts.slice(0, 50)].map((each) => outbox.confirm(each)),
    );
    expect(answers).toEqual([...foreign.map(() => false), ...Array<boolean>(149).fill(true)]);
    expect(commits - before).toBeLessThan(5);
    expect(await outbox.counts()).toMatchObject({ waiting: 1, sent: 0, confirmed: 99 });
    expect((await all(outbox)).map(({ seq }) => seq)).toEqual([100]);
    const { rows, problems } = await readOutbox(directory, openStore);
    expect(problems).toEqual([]);
    expect(rows.map(({ hash }) => hash)).toEqual(entries.map(({ hash }) => hash));
    expect(rows.filter(({ accepted }) => accepted === false).map(({ seq }) => seq)).toEqual(
      entries.map(({ seq }) => seq).filter((seq) => seq % 10 === 0 && seq < 100),
    );
    expect(rows.filter(({ hasBody }) => hasBody).map(({ seq }) => seq)).toEqual([100]);
  });

  it('gives live reports before the backlog, and sent ones again when their time has come', async () => {
    const outbox = await open();
    await outbox.append(draft());
    await outbox.append(draft());
    clock.move(120_000);
    await outbox.append(draft());
    expect((await all(outbox)).map(({ seq, live }) => [seq, live])).toEqual([
      [3, true],
      [1, false],
      [2, false],
    ]);
    for (const seq of [1, 2, 3]) await outbox.markSent(seq);
    expect(await all(outbox)).toEqual([]);
    clock.move(29_000);
    expect(await all(outbox)).toEqual([]);
    clock.move(2_000);
    expect((await all(outbox)).map(({ seq, state, attempts }) => [seq, state, attempts])).toEqual([
      [1, 'sent', 1],
      [2, 'sent', 1],
      [3, 'sent', 1],
    ]);
    expect((await outbox.take(10, new Set([1, 2]))).map(({ seq }) => seq)).toEqual([3]);
  });

  it.each([
    ['at the front', [1, 2, 3, 4], [3]],
    ['with holes, where others were confirmed', [2, 4, 5, 9], [1, 3, 6]],
    ['at the end', [11, 12], [1]],
    ['everywhere', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], []],
  ])(
    'gives what waits and is not excluded, oldest first, when what is excluded lies %s',
    async (_where, out, done) => {
      const outbox = await open();
      for (let i = 0; i < 12; i++) await outbox.append(draft());
      await outbox.close();
      // Opened again nothing is live any more, and order is that of the numbers alone.
      const again = await open();
      const entries = await all(again);
      for (const entry of entries) if (done.includes(entry.seq)) await again.confirm(receiptFor(entry));
      const waits = entries.map(({ seq }) => seq).filter((seq) => !done.includes(seq));
      const seqsOf = async (limit: number, excluding: readonly number[]) =>
        (await again.take(limit, new Set(excluding))).map(({ seq }) => seq);
      const free = waits.filter((seq) => !out.includes(seq));
      for (const limit of [1, 3, 20]) expect(await seqsOf(limit, out)).toEqual(free.slice(0, limit));
      // What was excluded comes back: nothing is passed over for good.
      expect(await seqsOf(20, [])).toEqual(waits);
    },
  );

  it('moves a damaged database aside and goes on with the second copy and a mark', async () => {
    const outbox = await open();
    for (let i = 0; i < 4; i++) await outbox.append(draft());
    const [first] = await all(outbox);
    if (first === undefined) throw new Error('nothing waits');
    await outbox.confirm(receiptFor(first));
    await outbox.close();
    await writeFile(join(directory, 'outbox.sqlite'), Buffer.alloc(20_000, 0x5a));

    const again = await open();
    expect(await again.counts()).toMatchObject({ waiting: 3, confirmed: 1, lastSeq: 4 });
    const { seq } = await again.append(draft());
    expect(seq).toBe(5);
    const added = (await all(again)).find((entry) => entry.seq === 5);
    const claims = JSON.parse(Buffer.from(added?.jws.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ chainRestarted: { cause: 'database-damaged' } });
    expect(await readdir(join(directory, 'quarantine', '0001'))).toContain('outbox.sqlite');
    // The mark is set once.
    await again.append(draft());
    const next = (await all(again)).find((entry) => entry.seq === 6);
    expect(JSON.parse(Buffer.from(next?.jws.split('.')[1] ?? '', 'base64url').toString())).not.toHaveProperty(
      'chainRestarted',
    );
  });

  it('refuses what does not fit any more, and takes receipts all the same', async () => {
    const outbox = await open({ quotaMb: 1 });
    let refused: unknown;
    for (let i = 0; i < 2000 && refused === undefined; i++) {
      await outbox.append(draft()).catch((error: unknown) => {
        refused = error;
      });
    }
    expect(refused).toMatchObject({ code: 'OUTBOX_FULL' });
    expect(await outbox.hasRoom()).toBe(false);
    const before = await outbox.counts();
    const entries = await all(outbox);
    expect(entries).toHaveLength(before.waiting);
    for (const entry of entries) expect(await outbox.confirm(receiptFor(entry))).toBe(true);
    await outbox.append(draft());
    expect(await outbox.counts()).toMatchObject({ waiting: 1, lastSeq: before.lastSeq + 1 });
  });

  it('gives the room of a report back with its receipt, whatever the order of receipts', async () => {
    const outbox = await open({ quotaMb: 3 });
    const large = () => ({ ...draft(), policy: 'x'.repeat(2500) });
    // Six times as many as fit at once.
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 150 }, () => outbox.append(large())));
      const entries = await all(outbox);
      const shuffled = [...entries].sort((a, b) => a.hash.localeCompare(b.hash));
      await Promise.all(shuffled.map((entry) => outbox.confirm(receiptFor(entry))));
    }
    expect(await outbox.counts()).toEqual({ waiting: 0, sent: 0, confirmed: 1800, lastSeq: 1800 });
    expect(await outbox.hasRoom()).toBe(true);
    expect((await readOutbox(directory, openStore, { thorough: true })).problems).toEqual([]);
  });

  it('keeps small facts, and tells of each append', async () => {
    const outbox = await open();
    let told = 0;
    const stop = outbox.onAppend(() => told++);
    await outbox.append(draft());
    stop();
    await outbox.append(draft());
    expect(told).toBe(1);
    await outbox.remember('boot', '7');
    expect(await outbox.recall('boot')).toBe('7');
    expect(await outbox.recall('nothing')).toBeUndefined();
    expect(await outbox.check()).toMatchObject({ name: 'outbox', ok: true });
  });

  it('can be read by another process while it is open, and proves its chain', async () => {
    const outbox = await open();
    for (let i = 0; i < 3; i++) await outbox.append(draft());
    const seen = await readOutbox(directory, openStore);
    expect(seen.rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(seen.problems).toEqual([]);
  });

  it('is owned by one process at a time', async () => {
    const outbox = await open();
    await expect(open()).rejects.toMatchObject({ code: 'OUTBOX_IN_USE' });
    await outbox.close();
    await open();
  });

  it('refuses a report that is too large for the wire, and goes on without a gap', async () => {
    const outbox = await open();
    await outbox.append(draft());
    const huge = { ...draft(), policy: 'x'.repeat(130_000) };
    await expect(outbox.append(huge)).rejects.toMatchObject({ code: 'OUTBOX_TOO_LARGE' });
    expect(await outbox.append(draft())).toMatchObject({ seq: 2 });
  });

  it('leaves no gap behind a report that could not be signed, nor one that shared its commit', async () => {
    let refuse = true;
    const outbox = await open({
      sign: async (...given) => {
        if (refuse) {
          refuse = false;
          throw new Error('the key is not there');
        }
        return sign(...given);
      },
    });
    const [first, second] = await Promise.allSettled([outbox.append(draft()), outbox.append(draft())]);
    expect(first.status).toBe('rejected');
    expect(second).toMatchObject({ status: 'fulfilled', value: { seq: 1 } });
    expect(checkChain(await all(outbox))).toEqual([]);
  });

  it('takes an older database for what it is: reports, receipts and facts of the second copy are newer', async () => {
    const first = await open();
    await first.append(draft());
    await first.remember('guard', '1');
    await first.close();
    await copyFile(join(directory, 'outbox.sqlite'), join(directory, 'older'));
    const second = await open();
    const [entry] = await all(second);
    if (entry === undefined) throw new Error('nothing waits');
    await second.confirm(receiptFor(entry));
    await second.append(draft());
    await second.remember('guard', '2');
    await second.close();
    await copyFile(join(directory, 'older'), join(directory, 'outbox.sqlite'));

    const again = await open();
    expect(await again.counts()).toMatchObject({ waiting: 1, confirmed: 1, lastSeq: 2 });
    expect(await again.recall('guard')).toBe('2');
    expect(await again.append(draft())).toMatchObject({ seq: 3 });
    expect((await readOutbox(directory, openStore)).problems).toEqual([]);
  });

  it('begins anew with a mark when the database is gone, and has what the second copy has', async () => {
    const outbox = await open();
    await outbox.remember('boot', '1');
    for (let i = 0; i < 3; i++) await outbox.append(draft());
    await outbox.close();
    await rm(join(directory, 'outbox.sqlite'));
    const again = await open();
    expect(await again.counts()).toMatchObject({ waiting: 3, lastSeq: 3 });
    expect(await again.check()).toMatchObject({
      ok: true,
      detail: expect.stringContaining('database-missing'),
    });
    await again.append(draft());
    const last = (await all(again)).find(({ seq }) => seq === 4);
    expect(last === undefined ? undefined : claimsOf(last)).toMatchObject({
      chainRestarted: { cause: 'database-missing' },
    });
    expect(await again.check()).toMatchObject({ ok: true, detail: '4 waiting, 0 sent' });
  });

  it('forgets numbers when their time is over, and does not adopt them again', async () => {
    const outbox = await open({ keepDays: 2 });
    for (let i = 0; i < 4; i++) await outbox.append(draft());
    for (const entry of (await all(outbox)).slice(0, 3)) await outbox.confirm(receiptFor(entry));
    await outbox.close();
    clock.move(3 * 86_400_000);
    const later = await open({ keepDays: 2 });
    expect(await later.counts()).toEqual({ waiting: 1, sent: 0, confirmed: 0, lastSeq: 4 });
    await later.close();
    const again = await open({ keepDays: 2 });
    expect(await again.counts()).toEqual({ waiting: 1, sent: 0, confirmed: 0, lastSeq: 4 });
    expect((await readOutbox(directory, openStore)).problems).toEqual([]);
  });

  it('keeps that a report was sent over an orderly end, and gives it again at once', async () => {
    const outbox = await open();
    await outbox.append(draft());
    await outbox.markSent(1);
    expect(await outbox.counts()).toMatchObject({ waiting: 0, sent: 1 });
    await outbox.close();
    const again = await open();
    expect(await again.counts()).toMatchObject({ waiting: 0, sent: 1 });
    expect(await all(again)).toMatchObject([{ seq: 1, state: 'sent', attempts: 1, live: false }]);
  });

  it('never says yes for what a failing disk may not have, and goes on when the disk does', async () => {
    const failing = new Set<string>();
    const outbox = await open({
      openStore: async (file, limits) => {
        const store = await openStore(file, limits);
        const failure = () => Promise.reject(Object.assign(new Error('disk'), { code: 'SQLITE_IOERR' }));
        return {
          ...store,
          write: (statements) => (failing.has('write') ? failure() : store.write(statements)),
        };
      },
    });
    await outbox.append(draft());
    failing.add('write');
    const refused = draft();
    await expect(outbox.append(refused)).rejects.toMatchObject({ code: 'OUTBOX_WRITE_FAILED' });
    expect(await outbox.check()).toMatchObject({ ok: false, detail: 'OUTBOX_WRITE_FAILED' });
    failing.clear();
    expect(await outbox.check()).toMatchObject({ ok: true });
    expect(await outbox.append(refused)).toMatchObject({ seq: 2 });
    expect(checkChain(await all(outbox))).toEqual([]);
  });

  it('never gives out a report whose body was altered on the disk', async () => {
    const outbox = await open();
    for (let i = 0; i < 2; i++) await outbox.append(draft());
    await outbox.close();
    const store = await openStore(join(directory, 'outbox.sqlite'), { maxPages: 10_000 });
    const altered = "UPDATE reports SET jws = replace(jws, '.', '.A') WHERE seq = 1";
    await store.write([{ sql: altered }]);
    await store.close();
    const copy = join(directory, 'outbox-log');

    // The second copy has it whole.
    const again = await open();
    expect((await all(again)).map(({ seq }) => seq)).toEqual([1, 2]);
    await again.close();

    const once = await openStore(join(directory, 'outbox.sqlite'), { maxPages: 10_000 });
    await once.write([{ sql: altered }]);
    await once.close();
    await rm(copy, { recursive: true });
    const alone = await open();
    expect((await all(alone)).map(({ seq }) => seq)).toEqual([2]);
    expect(await alone.check()).toMatchObject({ ok: false, detail: '1 reports are damaged in both copies' });
  });

  it('goes on with the database alone where the place of the second copy cannot be opened', async () => {
    const copy = join(directory, 'outbox-log');
    const numbers = async (from: Outbox) => (await all(from)).map(({ seq }) => seq).sort((a, b) => a - b);
    const outbox = await open();
    await outbox.append(draft());
    await outbox.close();
    await rm(copy, { recursive: true });
    await writeFile(copy, 'no directory');

    const alone = await open();
    await alone.append(draft());
    expect(await numbers(alone)).toEqual([1, 2]);
    expect(await alone.check()).toMatchObject({
      ok: false,
      detail: 'the second copy cannot be written (EEXIST)',
    });
    // Tried again by and by; the queue does not wait for it.
    clock.move(61_000);
    await alone.append(draft());
    await alone.append(draft());
    expect(await numbers(alone)).toEqual([1, 2, 3, 4]);

    await rm(copy);
    clock.move(61_000);
    await alone.append(draft());
    await alone.append(draft());
    expect(await alone.check()).toMatchObject({ ok: true });
    await alone.close();
    expect((await readOutbox(directory, openStore)).secondCopy).toEqual({
      differs: [],
      lacks: [],
      damagedBytes: 0,
    });
  });

  it('goes on with the database alone where the file system gives nothing of a segment', async () => {
    const outbox = await open();
    await outbox.append(draft());
    await outbox.close();
    const segment = join(directory, 'outbox-log', '00000001.log');
    await rm(segment);
    // Neither its size nor its content can be had, as where its inode is damaged.
    await symlink(segment, segment);

    const alone = await open();
    await alone.append(draft());
    expect(await all(alone)).toHaveLength(2);
    expect(await alone.check()).toMatchObject({
      ok: false,
      detail: 'the second copy cannot be written (ELOOP)',
    });
  });

  it('says after its end that it is closed', async () => {
    const outbox = await open();
    await outbox.close();
    await outbox.close();
    await expect(outbox.append(draft())).rejects.toMatchObject({ code: 'OUTBOX_CLOSED' });
    await expect(outbox.take(1, new Set())).rejects.toMatchObject({ code: 'OUTBOX_CLOSED' });
    expect(await outbox.check()).toMatchObject({ ok: false });
  });

  it('lets no other account read its files', async () => {
    const outbox = await open();
    await outbox.append(draft());
    for (const name of await readdir(directory, { recursive: true })) {
      const { mode } = await stat(join(directory, name));
      expect({ name, others: mode & 0o077 }).toEqual({ name, others: 0 });
    }
    await outbox.close();
  });
});
