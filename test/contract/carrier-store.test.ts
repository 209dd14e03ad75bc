import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCarrierStore } from '#built/carrier/open-store.js';
import type { CarrierStore, StoredReport } from '#built/carrier/store.js';
import { makeFormerStore } from './former-carrier-store.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';

const hash = (): string => randomBytes(32).toString('base64url');

function report(fields: Partial<StoredReport> = {}): StoredReport {
  return {
    terminal: 't-1',
    seq: 1,
    id: v7(),
    hash: hash(),
    previous: undefined,
    chainRestarted: false,
    jws: 'a.b.c',
    at: '2026-11-24T10:00:00.000Z',
    ...fields,
  };
}

/** Reports 1 to `count` of a terminal, each following the one before. */
function chain(terminal: string, count: number): StoredReport[] {
  const reports: StoredReport[] = [];
  for (let seq = 1; seq <= count; seq++) {
    reports.push(report({ terminal, seq, previous: reports.at(-1)?.hash }));
  }
  return reports;
}

describe.each(['SQLite', 'PostgreSQL'])('a carrier store in %s', (kind) => {
  let server: PostgresServer | undefined;
  let directory: string;
  let address: string;
  let store: CarrierStore;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carrier-store-'));
    if (kind === 'PostgreSQL') server = await startPostgres();
    address = server?.address ?? join(directory, 'carrier.sqlite');
    store = await openCarrierStore(address);
  });
  afterAll(async () => {
    await store.close();
    await server?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('finds a terminal that was registered, with its newest key', async () => {
    const publicJwk = { kty: 'OKP', crv: 'Ed25519', x: 'one' };
    expect(await store.find('t-1')).toBeUndefined();
    await store.register({ terminal: 't-1', site: 'shop-1', publicJwk });
    await store.register({ terminal: 'T-2', site: 'shop-1', publicJwk });
    await store.register({ terminal: 't-1', site: 'shop-2', publicJwk: { ...publicJwk, x: 'two' } });
    expect(await store.find('t-1')).toEqual({
      terminal: 't-1',
      site: 'shop-2',
      publicJwk: { ...publicJwk, x: 'two' },
      formerKeys: [],
    });
    expect(await store.terminals()).toEqual(['T-2', 't-1']);
  });

  describe('with several keys of a terminal', () => {
    const key = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x });
    const keysOf = async (terminal: string): Promise<(string | undefined)[]> => {
      const found = await store.find(terminal);
      return [found?.publicJwk, ...(found?.formerKeys ?? [])].map((each) => each?.x);
    };

    it('takes a further one beside those of before, the newest first, however often it comes', async () => {
      await store.register({ terminal: 'turning', site: 's', publicJwk: key('a') });
      for (let time = 0; time < 2; time++) await store.addKey('turning', key('b'));
      expect(await keysOf('turning')).toEqual(['b', 'a']);
      await store.addKey('turning', key('c'));
      expect(await keysOf('turning')).toEqual(['c', 'a', 'b']);
      // An older one that comes again is the newest again.
      await store.addKey('turning', key('a'));
      expect(await keysOf('turning')).toEqual(['a', 'b', 'c']);
    });

    it('drops a former one, and never the newest', async () => {
      await store.register({ terminal: 'dropping', site: 's', publicJwk: key('a') });
      await store.addKey('dropping', key('b'));
      await store.dropKey('dropping', key('b'));
      expect(await keysOf('dropping')).toEqual(['b', 'a']);
      await store.dropKey('dropping', key('a'));
      expect(await keysOf('dropping')).toEqual(['b']);
    });

    it('keeps all of them when the terminal is registered again with its newest, and one alone with another', async () => {
      await store.register({ terminal: 'anew', site: 's', publicJwk: key('a') });
      await store.addKey('anew', key('b'));
      await store.register({ terminal: 'anew', site: 'moved', publicJwk: key('b') });
      expect(await keysOf('anew')).toEqual(['b', 'a']);
      expect((await store.find('anew'))?.site).toBe('moved');
      await store.register({ terminal: 'anew', site: 'moved', publicJwk: key('z') });
      expect(await keysOf('anew')).toEqual(['z']);
    });

    it('takes every one of those that come at the same moment, and no key of a terminal that is not known', async () => {
      await store.register({ terminal: 'crowded', site: 's', publicJwk: key('0') });
      const names = Array.from({ length: 20 }, (_, index) => `k${index}`);
      await Promise.all(names.map((x) => store.addKey('crowded', key(x))));
      expect(new Set(await keysOf('crowded'))).toEqual(new Set(['0', ...names]));
      expect(await keysOf('crowded')).toHaveLength(21);
      await store.addKey('nobody', key('a'));
      expect(await store.find('nobody')).toBeUndefined();
    });
  });

  it('is opened as it was made before terminals had several keys, and takes them', async () => {
    const place = server === undefined ? join(directory, 'former.sqlite') : await server.database('former');
    await makeFormerStore(place);
    const opened = await openCarrierStore(place);
    const publicJwk = { kty: 'OKP', crv: 'Ed25519', x: 'old' };
    expect(await opened.find('t-1')).toEqual({ terminal: 't-1', site: 's-1', publicJwk, formerKeys: [] });
    await opened.addKey('t-1', { ...publicJwk, x: 'new' });
    expect(await opened.find('t-1')).toMatchObject({ publicJwk: { x: 'new' }, formerKeys: [publicJwk] });
    await opened.close();
  });

  it('tells the report that came last', async () => {
    expect(await store.lastReport('silent')).toBeUndefined();
    await store.save(report({ terminal: 'last', seq: 2, jws: 'second', previous: hash() }));
    await store.save(report({ terminal: 'last', seq: 1, jws: 'first' }));
    expect(await store.lastReport('last')).toBe('first');
  });

  it('keeps a report once, and says so each time', async () => {
    const [first, second] = chain('once', 2);
    if (first === undefined || second === undefined) throw new Error('no reports');
    expect(await store.save(first)).toBe('new');
    expect(await store.save(second)).toBe('new');
    expect(await store.save(first)).toBe('duplicate');
    expect(await Promise.all(Array.from({ length: 20 }, () => store.save(second)))).toEqual(
      Array.from({ length: 20 }, () => 'duplicate'),
    );
    expect(await store.chain('once')).toEqual(
      [first, second].map(({ seq, hash: own, previous, chainRestarted }) => ({
        seq,
        hash: own,
        previous,
        chainRestarted,
      })),
    );
  });

  it('saves one report that comes many times at the same moment as new exactly once', async () => {
    const same = report({ terminal: 'crowd' });
    const kept = await Promise.all(Array.from({ length: 50 }, () => store.save(same)));
    expect(kept.filter((each) => each === 'new')).toHaveLength(1);
    expect(kept.filter((each) => each === 'duplicate')).toHaveLength(49);
  });

  it('keeps a fork, tells it as a conflict, and tells it so again', async () => {
    const reports = chain('fork', 3);
    for (const each of reports) expect(await store.save(each)).toBe('new');
    const other = report({ terminal: 'fork', seq: 3, previous: reports[1]?.hash });
    expect(await store.save(other)).toBe('conflict');
    expect(await store.save(other)).toBe('conflict');
    const secondFirst = report({ terminal: 'fork', seq: 1 });
    expect(await store.save(secondFirst)).toBe('conflict');
    expect(await store.chain('fork')).toHaveLength(5);
  });

  it('tells another report with the same id as a conflict', async () => {
    const first = report({ terminal: 'same-id' });
    expect(await store.save(first)).toBe('new');
    expect(await store.save({ ...first, seq: 2, previous: first.hash, hash: hash() })).toBe('conflict');
  });

  it('takes a chain that was begun anew, numbers used again included', async () => {
    for (const each of chain('anew', 3)) await store.save(each);
    const restarted = report({ terminal: 'anew', seq: 1, chainRestarted: true });
    expect(await store.save(restarted)).toBe('new');
    expect(await store.save(report({ terminal: 'anew', seq: 2, previous: restarted.hash }))).toBe('new');
  });

  it('tells a fork as a conflict, also when both sides of it come at the same moment', async () => {
    for (let round = 0; round < 40; round++) {
      const terminal = `forked-${round}`;
      const [first] = chain(terminal, 1);
      if (first === undefined) throw new Error('no report');
      await store.save(first);
      const sides = Array.from({ length: 4 }, () => report({ terminal, seq: 2, previous: first.hash }));
      const kept = await Promise.all(sides.map((each) => store.save(each)));
      expect(kept.sort()).toEqual(['conflict', 'conflict', 'conflict', 'new']);
    }
  });

  it('takes reports in any order', async () => {
    const reports = chain('backwards', 10);
    for (const each of [...reports].reverse()) expect(await store.save(each)).toBe('new');
    expect((await store.chain('backwards')).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('counts up without giving a number twice, from at least what is asked', async () => {
    const numbers = await Promise.all(Array.from({ length: 50 }, () => store.next('count', 100)));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => 100 + index));
    expect(await store.next('count', 1_764_000_000)).toBe(1_764_000_000);
    expect(await store.next('count', 5)).toBe(1_764_000_001);
  });

  it('knows everything again when it is opened anew, by several at once', async () => {
    const [only] = chain('reopened', 1);
    if (only === undefined) throw new Error('no report');
    await store.save(only);
    const others = await Promise.all([1, 2, 3].map(() => openCarrierStore(address)));
    for (const other of others) expect(await other.save(only)).toBe('duplicate');
    await Promise.all(others.map((other) => other.close()));
  });
});

describe('a carrier store whose server is gone without a word', () => {
  afterEach(() => void vi.useRealTimers());

  it('says by and by that it keeps nothing, and goes on when the server is back', async () => {
    const server = await startPostgres();
    const far = new URL(server.address);
    const sockets: Socket[] = [];
    const proxy = createServer((near) => {
      const socket = connect(Number(far.port), far.hostname);
      near.pipe(socket).pipe(near);
      sockets.push(near, socket);
      for (const each of [near, socket]) each.on('error', () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const near = new URL(server.address);
    near.port = String((proxy.address() as AddressInfo).port);
    const store = await openCarrierStore(near.href);
    try {
      for (const each of sockets) each.unpipe().pause();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const failed = expect(store.save(report())).rejects.toMatchObject({ code: 'CARRIER_STORE_FAILED' });
      await vi.advanceTimersByTimeAsync(60_000);
      vi.useRealTimers();
      await failed;
      expect(await store.save(report())).toBe('new');
    } finally {
      for (const each of sockets) each.destroy();
      await store.close();
      proxy.close();
      await server.close();
    }
  });
});

describe('the address of a carrier store', () => {
  it.each(['redis://localhost', 'postgres://carrier@127.0.0.1:1/none', '/nonexistent/dir/carrier.sqlite'])(
    'is refused when nothing can be kept there: %s',
    async (address) => {
      await expect(openCarrierStore(address)).rejects.toMatchObject({ code: 'CARRIER_STORE_FAILED' });
    },
  );
});
