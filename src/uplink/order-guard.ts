import { z } from 'zod';
import type { Order } from '../contract/carrier-messages.js';
import type { Outbox } from '../outbox/port.js';

const KEY = 'uplink/orders';
/** Orders remembered at a time: a terminal serves some hundred people a day. */
const MOST = 500;

const stateSchema = z.object({
  /** Orders issued at this moment or before are refused: those that were forgotten lie there. */
  after: z.string(),
  seen: z.array(z.tuple([z.string(), z.string(), z.string()])).max(MOST),
});
type State = z.infer<typeof stateSchema>;

/**
 * Lets each order through once, also across restarts. An expired order is refused by its expiry and needs no memory;
 * where more unexpired ones come than are kept, the moment of issue decides, so that forgetting never lets one in.
 */
export interface OrderGuard {
  /** Resolves to true, durably, for an order that was not seen before. */
  admit(order: Order, now: string): Promise<boolean>;
}

export function createOrderGuard(outbox: Pick<Outbox, 'remember' | 'recall'>): OrderGuard {
  let loaded: Promise<State> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const admit = async (order: Order, now: string): Promise<boolean> => {
    loaded ??= load(outbox);
    const state = await loaded.catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    const known = state.seen.some(([id]) => id === order.orderId);
    if (known || order.issuedAt <= state.after) return false;
    const seen = state.seen.filter(([, expiresAt]) => expiresAt > now);
    seen.push([order.orderId, order.expiresAt, order.issuedAt]);
    let { after } = state;
    while (seen.length > MOST) {
      const [, , issuedAt] = seen.shift() ?? ['', '', ''];
      if (issuedAt > after) after = issuedAt;
    }
    const next: State = { after, seen };
    await outbox.remember(KEY, JSON.stringify(next));
    loaded = Promise.resolve(next);
    return true;
  };

  return {
    // One after the other: two copies of an order at the same moment must not both find it new.
    admit(order, now) {
      const result = last.then(() => admit(order, now));
      last = result.catch(() => {});
      return result;
    },
  };
}

async function load(outbox: Pick<Outbox, 'recall'>): Promise<State> {
  const text = await outbox.recall(KEY);
  return text === undefined ? { after: '', seen: [] } : stateSchema.parse(JSON.parse(text));
}
