import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import { type CountersignError, isAbort } from '../domain/errors.js';
import type { Language, VisitView } from '../domain/visit.js';
import { VisitEnding } from './ending.js';
import { nextStage, type Step } from './machine.js';
import type { Policy } from './policy.js';
import type { VisitAction } from './port.js';

/** Parts of the view that belong to one stage and vanish with it. */
const OF_STAGE = ['guidance', 'challenge', 'cardHint', 'faceBox', 'progress'] as const;

/** Actions that the stage itself waits for. One that comes a moment too early is kept for it. */
const AWAITED: Readonly<Partial<Record<VisitView['stage'], readonly VisitAction['type'][]>>> = {
  consent: ['consent'],
  numbers: ['dispute', 'finish'],
  done: ['finish'],
};
const MOST_EARLY = 4;

type Patch = { readonly [Key in keyof VisitView]?: VisitView[Key] | undefined };
type ActionOf<Type extends VisitAction['type']> = Extract<VisitAction, { type: Type }>;

/** What a visit under way may do to the page, and what people do to it. */
export interface VisitDesk {
  readonly policy: Policy;
  /** Aborted with a `VisitEnding` when somebody ends the visit. */
  readonly signal: AbortSignal;
  show(patch: Patch): void;
  /** Language in which the page speaks now. */
  language(): Language;
  /** Moves to the next stage of the table. @throws Error for a step that does not fit: a defect of ours */
  step(step: Step, patch?: Patch): void;
  showFrame(jpeg: Uint8Array | undefined): void;
  /** Notes a fault for log and page; the visit decides what follows. */
  fault(error: CountersignError): void;
  /** Runs work that is stopped with `time-ran-out` after so many seconds. */
  within<Value>(seconds: number, work: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
  /** Waits for one of these actions. */
  answer<Type extends VisitAction['type']>(
    types: readonly Type[],
    signal: AbortSignal,
  ): Promise<ActionOf<Type>>;
}

/** The counter's side of the desk. */
export interface DeskControl {
  readonly desk: VisitDesk;
  view(): VisitView;
  frame(): Uint8Array | undefined;
  /** False where the action does not fit now. */
  act(action: VisitAction): boolean;
  end(ending: VisitEnding): void;
}

export function createDesk(options: {
  policy: Policy;
  clock: Clock;
  first: VisitView;
  onView: (view: VisitView) => void;
  logger?: Logger | undefined;
}): DeskControl {
  const { policy, clock, onView, logger } = options;
  const ended = new AbortController();
  let view = options.first;
  let frame: Uint8Array | undefined;
  let early: VisitAction[] = [];
  let waiting: { types: readonly string[]; resolve: (action: VisitAction) => void } | undefined;

  const show = (patch: Patch): void => {
    const joined = { ...view, ...patch };
    view = Object.fromEntries(
      Object.entries(joined).filter(([, value]) => value !== undefined),
    ) as unknown as VisitView;
    onView(view);
  };
  const desk: VisitDesk = {
    policy,
    signal: ended.signal,
    show,
    language: () => view.language,
    step(step, patch = {}) {
      const stage = nextStage(view.stage, step);
      if (stage === undefined) throw new Error(`no step "${step}" from stage "${view.stage}"`);
      early = [];
      show({ ...Object.fromEntries(OF_STAGE.map((key) => [key, undefined])), ...patch, stage });
    },
    showFrame(jpeg) {
      frame = jpeg;
    },
    fault(error) {
      logger?.warn({ code: error.code, err: error }, 'a part failed in a visit');
      show({ faults: [error.code] });
    },
    async within(seconds, work) {
      const late = new AbortController();
      const finished = new AbortController();
      const ending = new VisitEnding('cancelled', 'time-ran-out');
      void clock.sleep(seconds * 1000, finished.signal).then(
        () => late.abort(ending),
        () => {},
      );
      try {
        return await work(AbortSignal.any([ended.signal, late.signal]));
      } catch (error) {
        if (isAbort(error)) {
          ended.signal.throwIfAborted();
          late.signal.throwIfAborted();
        }
        throw error;
      } finally {
        finished.abort();
      }
    },
    answer(types, signal) {
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          waiting = undefined;
          reject(signal.reason as Error);
        };
        if (signal.aborted) return stop();
        const kept = early.shift();
        if (kept !== undefined) return resolve(kept as ActionOf<(typeof types)[number]>);
        signal.addEventListener('abort', stop, { once: true });
        waiting = {
          types,
          resolve: (action) => {
            waiting = undefined;
            signal.removeEventListener('abort', stop);
            resolve(action as ActionOf<(typeof types)[number]>);
          },
        };
      });
    },
  };
  const end = (ending: VisitEnding): void => ended.abort(ending);
  return {
    desk,
    view: () => view,
    frame: () => frame,
    end,
    act(action) {
      if (action.type === 'language') {
        show({ language: action.language });
        return true;
      }
      if (waiting?.types.includes(action.type) === true) {
        waiting.resolve(action);
        return true;
      }
      if (AWAITED[view.stage]?.includes(action.type) === true && early.length < MOST_EARLY) {
        early.push(action);
        return true;
      }
      if (view.stage === 'done' || ended.signal.aborted) return false;
      if (action.type === 'way-by-hand') {
        end(new VisitEnding('declined', 'way-by-hand-chosen'));
        return true;
      }
      if (action.type === 'cancel') {
        end(new VisitEnding('cancelled', 'operator-cancelled'));
        return true;
      }
      return false;
    },
  };
}
