import type { Order } from '../contract/carrier-messages.js';
import type { OrderState } from '../contract/terminal-messages.js';
import type { Instant } from '../domain/clock.js';
import { isCountersignError } from '../domain/errors.js';
import type { Counter } from './port.js';

export interface OrderDeskDeps {
  readonly counter: Counter;
  readonly now: () => Instant;
  readonly tell: (state: Omit<OrderState, 'terminal' | 'at'>) => void;
}

/** Orders that may wait for the counter to become free; a carrier that sends more is told `refused`. */
const MOST_WAITING = 20;

/**
 * Takes orders one after the other: the counter serves one visit at a time, an order that comes meanwhile waits
 * until the counter is idle, and is refused once it has expired.
 */
export function createOrderDesk(deps: OrderDeskDeps): { take(order: Order): void; close(): void } {
  const { counter, tell } = deps;
  const waiting: Order[] = [];
  let starting = false;

  const next = async (): Promise<void> => {
    if (starting || counter.view().stage !== 'idle') return;
    const order = waiting.shift();
    if (order === undefined) return;
    starting = true;
    try {
      if (deps.now().confidence !== 'none' && order.expiresAt <= deps.now().at) {
        tell({ orderId: order.orderId, state: 'refused', reason: 'order-expired' });
      } else {
        await counter.start({
          service: order.service,
          order,
          ...(order.language === undefined ? {} : { language: order.language }),
        });
      }
    } catch (error) {
      const reason = isCountersignError(error) ? error.code : 'UNEXPECTED';
      if (reason === 'VISIT_BUSY') waiting.unshift(order);
      else tell({ orderId: order.orderId, state: 'refused', reason });
    } finally {
      starting = false;
    }
    // An order that could not begin leaves the counter idle: the one behind it gets its turn.
    if (counter.view().stage === 'idle' && waiting.length > 0) setImmediate(() => void next());
  };

  const stop = counter.watch(() => void next());
  return {
    take(order) {
      if (waiting.length >= MOST_WAITING) {
        tell({ orderId: order.orderId, state: 'refused', reason: 'too-many-orders' });
        return;
      }
      waiting.push(order);
      if (counter.view().stage !== 'idle') tell({ orderId: order.orderId, state: 'waiting' });
      void next();
    },
    close() {
      stop();
      waiting.length = 0;
    },
  };
}
