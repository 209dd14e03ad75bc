import { openNodeSqliteStore } from '#built/outbox/node-sqlite-driver.js';
import { openSqlite3Store } from '#built/outbox/sqlite3-driver.js';

export const STORES = { sqlite3: openSqlite3Store, 'node-sqlite': openNodeSqliteStore };

/** Says "durable" and writes a little later: what a store without sync at commit does in effect. */
function early(openStore) {
  return async (...given) => {
    const store = await openStore(...given);
    let tail = Promise.resolve();
    return {
      ...store,
      write(statements) {
        if (!statements.some(({ sql }) => /insert\s.*into reports/i.test(sql)))
          return tail.then(() => store.write(statements));
        tail = tail
          .then(() => new Promise((resolve) => setTimeout(resolve, 15)))
          .then(() => store.write(statements))
          .catch(() => {});
        return Promise.resolve(statements.map(() => 1));
      },
      close: () => tail.then(() => store.close()),
    };
  };
}

/** The setting most programs run WAL with: not synced at commit. */
function unsynced(openStore) {
  return async (...given) => {
    const store = await openStore(...given);
    await store.read('PRAGMA synchronous = NORMAL');
    // Read back by the outbox at start: the control must get past that.
    const read = async (sql, values) => {
      if (/^PRAGMA synchronous$/i.test(sql.trim())) return [{ synchronous: 2 }];
      return store.read(sql, values);
    };
    return { ...store, read };
  };
}

const WEAKENINGS = { none: (openStore) => openStore, early, unsynced };

/** The named driver, whole or weakened in a way that the proof has to notice. */
export function storeFor(name, weakening = 'none') {
  return WEAKENINGS[weakening](STORES[name]);
}
