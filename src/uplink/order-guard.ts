import { z } from 'zod';
import type { Order } from '../contract/carrier-messages.js';
import type { Outbox } from '../outbox/port.js';

const KEY = 'uplink/orders';
/** Orders remembered at a time: a terminal serves some hundred people a day. */
const MOST = 500;

const stateSchema = z.object({
  /** Orders issued at this moment or before are refused: those that were forgotten lie there. */
  after: z.string(),
  /** Orders that expire at this moment or before are refused: those forgotten as expired lie there. */
  until: z.string().default(''),
  seen: z.array(z.tuple([z.string(), z.string(), z.string()])).max(MOST),
});
type State = z.infer<typeof stateSchema>;

/**
 * Lets each order through once, also across restarts. An expired order is forgotten, and with it all that expire no
 * later count as expired for good: a clock that lies behind after a power cut would take it for a new one. Where more
 * unexpired ones come than are kept, the moment of issue decides. So forgetting never lets one in.
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
    if (known || order.issuedAt <= state.after || order.expiresAt <= state.until) return false;
    const seen: State['seen'] = [];
    let { after, until } = state;
    for (const each of state.seen) {
      const [, expiresAt] = each;
      if (expiresAt > now) seen.push(each);
      else if (expiresAt > until) until = expiresAt;
    }
    seen.push([order.orderId, order.expiresAt, order.issuedAt]);
    while (seen.length > MOST) {
      const [, , issuedAt] = seen.shift() ?? ['', '', ''];
      if (issuedAt > after) after = issuedAt;
    }
    const next: State = { after, until, seen };
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
  return text === undefined ? { after: '', until: '', seen: [] } : stateSchema.parse(JSON.parse(text));
}
