import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import { TYP } from '../contract/envelope.js';
import type { OrderState } from '../contract/terminal-messages.js';
import { topicOf } from '../contract/topics.js';
import type { TerminalIdentity } from '../identity/port.js';
import type { Wire } from './wire.js';

/** Kept while there is no connection; older ones say nothing that a newer one does not. */
const MOST_KEPT = 200;

/** Tells the carrier where the visits for its orders stand, in order; what cannot be told now is told later. */
export interface OrderStates {
  tell(state: Omit<OrderState, 'terminal' | 'at'>): void;
  flush(): void;
}

export function createOrderStates(
  identity: TerminalIdentity,
  deps: {
    readonly clock: Clock;
    readonly wire: () => Wire | undefined;
    readonly logger?: Logger | undefined;
  },
): OrderStates {
  const kept: OrderState[] = [];
  const topic = topicOf(identity.terminal, 'orderState');
  let flushing = false;

  const flush = async (): Promise<void> => {
    if (flushing) return;
    flushing = true;
    try {
      for (let next = kept[0]; next !== undefined; next = kept[0]) {
        const wire = deps.wire();
        if (wire === undefined) return;
        const payload = await identity.signer.sign(TYP.orderState, next);
        await wire.publish({ topic, payload, qos: 1 });
        if (kept[0] === next) kept.shift();
      }
    } catch {
      deps.logger?.debug('the state of an order waits for the next connection');
    } finally {
      flushing = false;
    }
  };
  return {
    tell(state) {
      kept.push({ terminal: identity.terminal, at: deps.clock.now().at, ...state });
      if (kept.length > MOST_KEPT) kept.shift();
      void flush();
    },
    flush: () => void flush(),
  };
}
