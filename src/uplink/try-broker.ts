import type { BrokerAccess } from '../identity/port.js';
import type { Protocol } from './mqtt-options.js';
import { openWire } from './wire.js';

export interface TrialOptions {
  readonly terminal: string;
  readonly protocol: 'auto' | Protocol;
  readonly keepAliveSeconds: number;
}

const TRIAL_TIMEOUT_MS = 20_000;

const unacknowledged = (): Promise<void> => new Promise(() => {});

/**
 * One connection, ended as soon as the broker took it: with an identity that is not in force yet, as a certificate that
 * brokers refuse would otherwise be found out when nothing can reach the terminal any more; or with the one in force.
 *
 * It has the terminal's own client id, as a broker may allow that one alone, or put it in place of any other. So a
 * connection that is in use ends as soon as the broker takes this one (never when it refuses it), and comes back by
 * itself. The session goes on over both: nothing that comes here is acknowledged, and the broker sends it again.
 *
 * @throws UPLINK_REFUSED, UPLINK_LOST, UPLINK_TIMEOUT
 */
export async function tryBroker(
  { terminal, protocol, keepAliveSeconds }: TrialOptions,
  access: BrokerAccess,
): Promise<void> {
  const versions: readonly Protocol[] = protocol === 'auto' ? ['5', '3.1.1'] : [protocol];
  let problem: unknown;
  for (const version of versions) {
    try {
      const wire = await openWire(
        {
          ...access,
          clientId: terminal,
          protocol: version,
          keepAliveSeconds,
          will: undefined,
          connectTimeoutMs: TRIAL_TIMEOUT_MS,
          ackTimeoutMs: TRIAL_TIMEOUT_MS,
        },
        unacknowledged,
        AbortSignal.timeout(2 * TRIAL_TIMEOUT_MS),
      );
      await wire.end();
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}
