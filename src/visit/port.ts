import type { Order } from '../contract/carrier-messages.js';
import type { Service } from '../domain/service.js';
import type { Language, MaskedNumber, VisitView } from '../domain/visit.js';

/** What people do at the terminal's page. */
export type VisitAction =
  | { readonly type: 'consent'; readonly given: boolean }
  | { readonly type: 'way-by-hand' }
  | { readonly type: 'cancel' }
  | { readonly type: 'language'; readonly language: Language }
  | { readonly type: 'dispute'; readonly refs: readonly string[] }
  | { readonly type: 'finish' };

/** Answers "which numbers stand in this holder's name": given to the visit by whoever composes the terminal. */
export type AskNumbers = (
  holder: { number: string; name: string },
  signal: AbortSignal,
) => Promise<{ query: string; numbers: readonly MaskedNumber[] }>;

/**
 * The counter: one visit at a time.
 *
 * - `start` begins a visit (walk-in or by order) and resolves to its id; rejects with `VISIT_BUSY` while one is under
 *   way and with `VISIT_OUT_OF_SERVICE` while a part is missing.
 * - `act` is ignored where it does not fit the stage (a late click), and says so by resolving to false.
 * - `view` is the present state; `watch` is told every change, in order, and returns the way to stop.
 */
export interface Counter {
  start(request: { service: Service; language?: Language; order?: Order }): Promise<string>;
  act(action: VisitAction): boolean;
  view(): VisitView;
  watch(listener: (view: VisitView) => void): () => void;
  /** Newest camera frame for the page's preview; undefined outside the face stage. */
  preview(): Uint8Array | undefined;
  close(): Promise<void>;
}
