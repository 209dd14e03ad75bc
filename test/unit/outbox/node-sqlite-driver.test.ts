import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { openNodeSqliteStore } from '#built/outbox/node-sqlite-driver.js';

it.runIf(process.getBuiltinModule('node:sqlite') !== undefined)(
  'a store whose thread ended says so, and can be closed',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'thread-'));
    const asked = vi.spyOn(Worker.prototype, 'postMessage');
    const store = await openNodeSqliteStore(join(directory, 'a.sqlite'), { maxPages: 1000 });
    await store.read('SELECT 1');
    // As it does when it runs out of memory.
    await (asked.mock.contexts[0] as Worker).terminate();
    await expect(store.read('SELECT 1')).rejects.toMatchObject({ code: 'SQLITE_IOERR' });
    await expect(store.close()).rejects.toMatchObject({ code: 'SQLITE_IOERR' });
    await rm(directory, { recursive: true });
  },
);
