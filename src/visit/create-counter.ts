import type { Logger } from 'pino';
import { v7 } from 'uuid';
import type { Order } from '../contract/carrier-messages.js';
import type { OrderState } from '../contract/terminal-messages.js';
import type { Service } from '../domain/service.js';
import type { Language, VisitView } from '../domain/visit.js';
import { VisitEnding } from './ending.js';
import { visitFault } from './errors.js';
import type { Policy } from './policy.js';
import type { Counter, VisitAction } from './port.js';
import { runVisit, type VisitDeps } from './run-visit.js';
import { createDesk, type DeskControl } from './visit-desk.js';

export interface CounterOptions {
  readonly policy: Policy;
  readonly software: string;
  readonly boot: number;
}

export interface CounterDeps extends VisitDeps {
  readonly isOnline: () => boolean;
  readonly onOrderState?: (state: Omit<OrderState, 'terminal' | 'at'>) => void;
  readonly logger?: Logger;
}

/** Parts without which no visit can begin. Without lamps, decoder or network it can: by hand, or later. */
const NEEDED: ReadonlySet<string> = new Set(['reader', 'camera', 'face', 'outbox']);

const DEFAULT_LANGUAGE: Language = 'zh';

export interface TerminalCounter extends Counter {
  /** Names of the parts that do not work now. */
  setFaults(parts: readonly string[]): void;
  /** The line to the carrier came or went: shows it on the page. */
  refresh(): void;
  /** Visits begun since the service started. */
  visits(): number;
}

export function createCounter(options: CounterOptions, deps: CounterDeps): TerminalCounter {
  const { policy, software, boot } = options;
  const { clock, outbox, logger } = deps;
  const listeners = new Set<(view: VisitView) => void>();
  const closing = new AbortController();
  let resting: VisitView = { stage: 'idle', language: DEFAULT_LANGUAGE };
  let faults: readonly string[] = [];
  let current: { control: DeskControl; over: Promise<void> } | undefined;
  let starting = false;
  let visits = 0;

  const withLine = (view: VisitView): VisitView => (deps.isOnline() ? view : { ...view, offline: true });
  const view = (): VisitView => withLine(current === undefined ? resting : current.control.view());
  const tell = (): void => {
    const now = view();
    for (const each of [...listeners]) each(now);
  };
  const rest = (): void => {
    resting =
      faults.length === 0
        ? { stage: 'idle', language: resting.language }
        : { stage: 'out-of-service', language: resting.language, faults };
    tell();
  };

  const begin = (service: Service, language: Language, order: Order | undefined): string => {
    const id = v7();
    visits++;
    let stage: string | undefined;
    const control = createDesk({
      policy,
      clock,
      logger,
      first: { stage: 'idle', language, visitId: id, service },
      onView: (changed) => {
        if (changed.stage !== stage && order !== undefined) {
          stage = changed.stage;
          const [reason] = changed.reasons ?? [];
          deps.onOrderState?.({
            orderId: order.orderId,
            state: changed.stage,
            ...(changed.outcome === undefined ? {} : { outcome: changed.outcome }),
            ...(reason === undefined ? {} : { reason }),
          });
        }
        tell();
      },
    });
    // Known before the visit takes its first step: that step is told to all who watch.
    const begun = { control, over: Promise.resolve() };
    current = begun;
    begun.over = runVisit(control.desk, { id, service, order, software, boot }, deps)
      .then(() => linger(control, policy.doneSeconds))
      .catch((error: unknown) => logger?.error({ err: error }, 'a visit ended badly'))
      .finally(() => {
        current = undefined;
        // The next person is greeted in the usual language.
        resting = { stage: 'idle', language: DEFAULT_LANGUAGE };
        rest();
      });
    return id;
  };
  /** The result stays until somebody leaves it, or for a while; also where the visit itself was broken off. */
  const linger = async (control: DeskControl, seconds: number): Promise<void> => {
    const enough = new AbortController();
    const over = AbortSignal.any([closing.signal, enough.signal]);
    void clock.sleep(seconds * 1000, over).then(
      () => enough.abort(),
      () => {},
    );
    await control.desk.answer(['finish'], over).catch(() => {});
    enough.abort();
  };

  return {
    async start({ service, language, order }) {
      if (closing.signal.aborted) throw visitFault('CLOSED');
      if (current !== undefined || starting) throw visitFault('BUSY');
      if (faults.length > 0) throw visitFault('OUT_OF_SERVICE', { details: { parts: faults.join(' ') } });
      if (order !== undefined && isExpired(order, clock.now())) throw visitFault('ORDER_EXPIRED');
      starting = true;
      try {
        // A visit whose report would not fit must not begin.
        if (!(await outbox.hasRoom())) throw visitFault('OUT_OF_SERVICE', { details: { parts: 'outbox' } });
        return begin(service, language ?? resting.language, order);
      } finally {
        starting = false;
      }
    },
    act(action: VisitAction) {
      if (current !== undefined) return current.control.act(action);
      if (action.type !== 'language') return false;
      resting = { ...resting, language: action.language };
      tell();
      return true;
    },
    view,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    preview: () => (current?.control.view().stage === 'face' ? current.control.frame() : undefined),
    setFaults(parts) {
      faults = parts.filter((part) => NEEDED.has(part));
      if (current === undefined) rest();
    },
    refresh: tell,
    visits: () => visits,
    async close() {
      closing.abort();
      current?.control.end(new VisitEnding('failed', 'terminal-stopped'));
      await current?.over;
    },
  };
}

function isExpired({ expiresAt }: Order, now: { at: string; confidence: string }): boolean {
  return now.confidence !== 'none' && expiresAt <= now.at;
}
