import type { Service } from '../domain/service.js';
import type { Language, VisitView } from '../domain/visit.js';

/** What people do at the page; the compiler compares it with the counter's actions where the two meet. */
export type ScreenAction =
  | { readonly type: 'consent'; readonly given: boolean }
  | { readonly type: 'way-by-hand' }
  | { readonly type: 'cancel' }
  | { readonly type: 'language'; readonly language: Language }
  | { readonly type: 'dispute'; readonly refs: readonly string[] }
  | { readonly type: 'finish' };

/**
 * What the page needs of the counter; it is handed in by whoever composes the terminal.
 *
 * - `start` rejects with `VISIT_BUSY` or `VISIT_OUT_OF_SERVICE`.
 * - `act` resolves to false where the action does not fit the stage.
 * - `watch` tells every change, in order, and returns the way to stop.
 * - `preview` is the newest camera frame, and undefined outside the face stage.
 */
export interface ScreenCounter {
  start(request: { service: Service; language?: Language }): Promise<string>;
  act(action: ScreenAction): boolean;
  view(): VisitView;
  watch(listener: (view: VisitView) => void): () => void;
  preview(): Uint8Array | undefined;
}

/** In the demo only: who stands before the camera, what lies on the reader (`null` takes away), what the carrier orders. */
export interface SimulatorBar {
  people(): readonly { readonly id: string; readonly label: string }[];
  cards(): readonly { readonly id: string; readonly label: string }[];
  state(): { readonly person: string | undefined; readonly card: string | undefined };
  choose(choice: { person?: string | null; card?: string | null }): Promise<void>;
  /** The carrier's point of sale orders a SIM replacement for the holder of this card. */
  order(card: string): Promise<void>;
}

/** Stands at the foot of the page, for the clerk who calls the service desk. */
export interface ScreenFacts {
  readonly terminal: string;
  readonly software: string;
}

/**
 * The terminal's page on this computer alone.
 *
 * - Serves nobody whose request names another host or comes from another origin.
 * - `close` ends every open connection, and is idempotent.
 */
export interface Screen {
  readonly url: string;
  close(): Promise<void>;
}
