import type { SqlValue, Statement } from './store.js';

/** What the thread is asked; answers come in the same order. */
export type StoreRequest =
  | { readonly type: 'read'; readonly sql: string; readonly values: readonly SqlValue[] }
  | { readonly type: 'write'; readonly statements: readonly Statement[] }
  | { readonly type: 'close' };

export type StoreAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly code: string };
