import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import type { Health, Status } from '../contract/terminal-messages.js';
import { topicOf } from '../contract/topics.js';
import type { Wire } from './wire.js';

const HEALTH_EVERY_MS = 60_000;
const MOST_REASONS = 20;

/** Retained `status` and `health` of the terminal. */
export interface Announcer {
  /** What the broker says when the terminal is gone. */
  will(): { topic: string; payload: string };
  /** First words on a new connection; resolves when the broker has them. */
  greet(wire: Wire): Promise<void>;
  up(wire: Wire): void;
  down(): void;
  tellFaults(codes: readonly string[]): void;
  farewell(wire: Wire): Promise<void>;
  close(): void;
}

export function createAnnouncer(
  options: { readonly terminal: string; readonly software: string },
  deps: {
    readonly clock: Clock;
    readonly health?: (() => Promise<Health>) | undefined;
    readonly logger?: Logger | undefined;
  },
): Announcer {
  const { clock, logger } = deps;
  const topic = topicOf(options.terminal, 'status');
  const stopping = new AbortController();
  let faults: readonly string[] = [];
  let wire: Wire | undefined;
  let since = clock.now().at;
  /** The faults that the connection was last told; others may come while it is greeted. */
  let told: readonly string[] = faults;

  const status = (state: Status['state'], reasons: readonly string[] = faults): string =>
    JSON.stringify({ state, since, version: options.software, reasons: [...reasons] } satisfies Status);
  const present = (): Status['state'] => (faults.length === 0 ? 'online' : 'degraded');
  const publish = (to: Wire, payload: string): Promise<void> =>
    to.publish({ topic, payload, qos: 1, retain: true });
  const quietly = (work: Promise<void>): void =>
    void work.catch(() => logger?.debug('status or health could not be published'));

  const publishHealth = async (to: Wire): Promise<void> => {
    if (deps.health === undefined) return;
    const payload = JSON.stringify(await deps.health());
    await to.publish({ topic: topicOf(options.terminal, 'health'), payload, qos: 0, retain: true });
  };
  const healthAlways = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(HEALTH_EVERY_MS, stopping.signal).catch(() => {});
      if (wire !== undefined && !stopping.signal.aborted) quietly(publishHealth(wire));
    }
  };
  if (deps.health !== undefined) void healthAlways();

  return {
    will: () => ({ topic, payload: status('offline', []) }),
    async greet(to) {
      since = clock.now().at;
      told = faults;
      await publish(to, status(present()));
    },
    up(opened) {
      wire = opened;
      if (told !== faults) quietly(publish(opened, status(present())));
      quietly(publishHealth(opened));
    },
    down() {
      wire = undefined;
    },
    tellFaults(codes) {
      const sorted = [...new Set(codes)].sort().slice(0, MOST_REASONS);
      if (sorted.join() === faults.join()) return;
      faults = sorted;
      since = clock.now().at;
      if (wire !== undefined) quietly(publish(wire, status(present())));
    },
    async farewell(to) {
      since = clock.now().at;
      await publish(to, status('offline', []));
    },
    close() {
      stopping.abort();
    },
  };
}
