import { z } from 'zod';
import type { Command } from '../contract/carrier-messages.js';
import { LIMITS } from '../contract/limits.js';
import type { BrokerAccess, KeyRenewal } from '../identity/port.js';
import type { CommandOutcome } from './port.js';

/** `anew`: keys that wait are discarded. */
const argumentsSchema = z.strictObject({ anew: z.boolean().optional() });

export interface RotationDeps {
  readonly renewal: KeyRenewal;
  /** Rejects where the broker does not take this identity. */
  readonly tryBroker: (access: BrokerAccess) => Promise<void>;
  readonly restart: () => void;
}

/**
 * `rotate-keys`: without a site bundle the next keys are made and told; with one they come into force, once it was
 * verified whole and the broker took a connection with them. What goes wrong leaves the keys in force as they are.
 */
export async function executeRotation(
  { bundle, arguments: given }: Command,
  { renewal, tryBroker, restart }: RotationDeps,
): Promise<CommandOutcome> {
  const wish = argumentsSchema.safeParse(given ?? {});
  if (!wish.success) return { result: 'refused', detail: 'rotate-keys takes anew=true and nothing else' };
  if (bundle === undefined) {
    const next = await renewal.begin(wish.data.anew);
    if (next.bundle.length > LIMITS.bundleBytes) {
      return {
        result: 'refused',
        detail: 'the site bundle is too large for the line: accept a smaller one first',
      };
    }
    return { result: 'done', detail: `next key ${next.enrolment.terminalKey}`, ...next };
  }
  const { terminalKey, broker } = await renewal.examine(bundle);
  await tryBroker(broker);
  await renewal.accept(bundle);
  restart();
  return { result: 'done', detail: `key ${terminalKey} is in force`, afterRestart: true };
}
