import type { Command, Order } from '../contract/carrier-messages.js';
import type { CommandResult, OrderState } from '../contract/terminal-messages.js';
import type { Check } from '../domain/check.js';
import type { MaskedNumber } from '../domain/visit.js';

/**
 * The line to the carrier. Works by itself from `start` to `close`; everything else may be called at any time.
 *
 * - Reports go from the outbox by themselves; only a signed receipt confirms them.
 * - `onOrder` and `onCommand` (given at construction) are called with verified, addressed, unexpired messages, once
 *   each, also across restarts.
 * - `ask` rejects with `UPLINK_UNREACHABLE` when the carrier cannot be asked now, with `UPLINK_TIMEOUT` without answer.
 * - `close` publishes `offline`, waits for what is in flight for at most a second, and is idempotent.
 */
export interface Uplink {
  start(): void;
  readonly connected: boolean;
  onConnection(listener: (connected: boolean) => void): () => void;
  tellOrderState(state: Omit<OrderState, 'terminal' | 'at'>): void;
  /** State for `status`: fault codes, empty when all is well. */
  tellFaults(codes: readonly string[]): void;
  ask(
    holder: { number: string; name: string },
    signal: AbortSignal,
  ): Promise<{ query: string; numbers: readonly MaskedNumber[] }>;
  check(): Promise<Check>;
  close(): Promise<void>;
}

export interface UplinkHandlers {
  onOrder(order: Order): void;
  onCommand(command: Command): Promise<CommandOutcome>;
}

/** What a command gathered, beside how it ended. It is not kept over a restart. */
export type Gathered = Pick<CommandResult, 'sealed' | 'enrolment' | 'bundle'>;

export interface CommandOutcome extends Pick<CommandResult, 'result' | 'detail'>, Gathered {
  /** The next process tells it: that it can is a part of the result. */
  readonly afterRestart?: boolean;
}
