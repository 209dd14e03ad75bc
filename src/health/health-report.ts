import type { Clock } from '../clock/port.js';
import type { Health } from '../contract/terminal-messages.js';
import type { Check } from '../domain/check.js';
import type { Outbox } from '../outbox/port.js';
import { measureHost } from './measure-host.js';

export interface HealthReportDeps {
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** State directory, on whose disk the room is measured. */
  readonly directory: string;
  /** Visits begun since the service started. */
  readonly visits: () => number;
  /** The parts' last examination. */
  readonly checks: () => readonly Check[];
}

/** The `health` message: counts and measures, nothing of a person. */
export async function reportHealth(deps: HealthReportDeps): Promise<Health> {
  const { at, confidence, elapsedMs } = deps.clock.now();
  const [{ waiting, sent, confirmed }, host] = await Promise.all([
    deps.outbox.counts(),
    measureHost(deps.directory),
  ]);
  return {
    at,
    clock: confidence,
    uptimeSeconds: Math.round(elapsedMs / 1000),
    visits: deps.visits(),
    outbox: { waiting, sent, confirmed },
    ...host,
    checks: deps.checks().map(({ name, ok }) => ({ name, ok })),
  };
}
