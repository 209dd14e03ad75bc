import { Worker } from 'node:worker_threads';
import { databaseUri, openingPragmas } from './settings.js';
import type { OpenStore, SqlRow } from './store.js';
import type { StoreAnswer, StoreRequest } from './store-thread.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** SQLite of the runtime itself (Node 22.13 and newer), which is synchronous: hence in a thread of its own. */
export const openNodeSqliteStore: OpenStore = async (file, limits) => {
  const worker = new Worker(new URL('./node-sqlite-worker.js', import.meta.url), {
    workerData: {
      uri: databaseUri(file, limits.readOnly === true ? 'ro' : undefined),
      pragmas: openingPragmas(limits),
    },
  });
  const ask = conversation(worker);
  try {
    // The first answer tells whether the file could be opened.
    await ask();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    driver: 'node-sqlite',
    read: async (sql, values = []) => (await ask({ type: 'read', sql, values })) as SqlRow[],
    write: async (statements) => (await ask({ type: 'write', statements })) as number[],
    async close() {
      try {
        await ask({ type: 'close' });
      } finally {
        // Resolves when it ended, also where it did so by itself before.
        await worker.terminate();
      }
    },
  };
};

/** Question and answer over the thread's port; a thread that is gone rejects instead of leaving callers waiting. */
function conversation(worker: Worker): (request?: StoreRequest) => Promise<unknown> {
  const waiting: Waiting[] = [];
  let gone: Error | undefined;
  const fail = (error: Error): void => {
    gone ??= Object.assign(error, { code: 'SQLITE_IOERR' });
    for (const each of waiting.splice(0)) each.reject(gone);
  };
  worker.on('message', (answer: StoreAnswer) => {
    const next = waiting.shift();
    if (answer.ok) next?.resolve(answer.value);
    else next?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the thread of the store ended')));
  return (request) =>
    new Promise((resolve, reject) => {
      if (gone !== undefined) return reject(gone);
      waiting.push({ resolve, reject });
      if (request !== undefined) worker.postMessage(request);
    });
}
