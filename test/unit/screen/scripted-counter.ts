import type { VisitView } from '#built/domain/visit.js';
import type { ScreenAction, ScreenCounter, SimulatorBar } from '#built/screen/port.js';

/** A counter that shows what the test says and remembers what the page asked. */
export interface ScriptedCounter extends ScreenCounter {
  show(view: VisitView): void;
  film(frame: Uint8Array | undefined): void;
  failStart(error: Error | undefined): void;
  readonly asked: unknown[];
  readonly watchers: () => number;
}

export function scriptedCounter(): ScriptedCounter {
  let view: VisitView = { stage: 'idle', language: 'zh' };
  let frame: Uint8Array | undefined;
  let failure: Error | undefined;
  const listeners = new Set<(view: VisitView) => void>();
  const asked: unknown[] = [];
  return {
    asked,
    watchers: () => listeners.size,
    show(next) {
      view = next;
      for (const each of listeners) each(next);
    },
    film: (next) => {
      frame = next;
    },
    failStart: (error) => {
      failure = error;
    },
    async start(request) {
      if (failure !== undefined) throw failure;
      asked.push(request);
      return '0190a5d0-0000-7000-8000-000000000001';
    },
    act(action: ScreenAction) {
      asked.push(action);
      return view.stage !== 'idle';
    },
    view: () => view,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    preview: () => frame,
  };
}

export function scriptedSimulator(): SimulatorBar & { readonly chosen: unknown[] } {
  const state: { person: string | undefined; card: string | undefined } = {
    person: undefined,
    card: undefined,
  };
  const chosen: unknown[] = [];
  return {
    chosen,
    people: () => [
      { id: 'p1', label: '样本甲' },
      { id: 'p2', label: '样本乙' },
    ],
    cards: () => [{ id: 'p1', label: '样本甲' }],
    state: () => ({ ...state }),
    async choose(choice) {
      chosen.push(choice);
      if (choice.person !== undefined) state.person = choice.person ?? undefined;
      if (choice.card !== undefined) state.card = choice.card ?? undefined;
    },
    async order(card) {
      chosen.push({ order: card });
    },
  };
}
