import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { databaseUri, openingPragmas } from './settings.js';
import type { OpenStore, SqlValue, Statement } from './store.js';

/** What the thread is asked; answers come in the same order. */
export type StoreRequest =
  | { readonly type: 'read'; readonly sql: string; readonly values: readonly SqlValue[] }
  | { readonly type: 'write'; readonly statements: readonly Statement[] }
  | { readonly type: 'close' };

export type StoreAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly code: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** SQLite of the runtime itself (Node 22.13 and newer), which is synchronous: hence in a thread of its own. */
export const openNodeSqliteStore: OpenStore = async (file, { maxPages }) => {
  const worker = new Worker(new URL('./node-sqlite-worker.js', import.meta.url), {
    workerData: { uri: databaseUri(file), pragmas: openingPragmas(maxPages) },
  });
  const waiting: Waiting[] = [];
  worker.on('message', (answer: StoreAnswer) => {
    const next = waiting.shift();
    if (answer.ok) next?.resolve(answer.value);
    else next?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
  });
  const fail = (error: Error): void => {
    for (const each of waiting.splice(0)) each.reject(error);
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the thread of the store ended')));

  const ask = (request?: StoreRequest): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (request !== undefined) worker.postMessage(request);
    });
  // The first answer tells whether the file could be opened.
  await ask();
  return {
    driver: 'node-sqlite',
    read: async (sql, values = []) =>
      (await ask({ type: 'read', sql, values })) as Record<string, SqlValue>[],
    write: async (statements) => (await ask({ type: 'write', statements })) as number[],
    async close() {
      await ask({ type: 'close' });
      const ended = once(worker, 'exit');
      await worker.terminate();
      await ended.catch(() => {});
    },
  };
};
