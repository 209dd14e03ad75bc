import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import type { Check } from '../domain/check.js';
import { isAbort } from '../domain/errors.js';
import { watchLoop } from './loop-delay.js';
import { createNotifier } from './notifier.js';
import { createRounds, type PartCheck } from './rounds.js';
import { watchdogEnvironment } from './watchdog-environment.js';

export interface HealthOptions {
  /** Between two rounds while all is well; 5 s while something is not, so that its return is soon seen. */
  readonly intervalMs?: number;
  /** A part that has not answered by then hangs. Loading networks on a small computer takes its time. */
  readonly checkLimitMs?: number;
  /** What systemd set, unless given. */
  readonly watchdogUsec?: number;
  readonly notifySocket?: string;
}

export interface HealthDeps {
  readonly checks: readonly PartCheck[];
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Told the names of the checks that fail, after the first round and whenever they change. */
  readonly onFaults?: (codes: string[]) => void;
}

export interface Health {
  start(): void;
  /** Resolves after the first round, when systemd has been told that the service is up. */
  ready(): Promise<void>;
  /** The last round; empty before the first. */
  latest(): readonly Check[];
  /** Tells systemd that the service stops. Waits for no part. Idempotent. */
  close(): Promise<void>;
}

const INTERVAL_MS = 20_000;
const FAULT_INTERVAL_MS = 5000;
const CHECK_LIMIT_MS = 30_000;
/** A part must fail twice in a row before the watchdog is left unfed: once may be a cable just pulled. */
const FAILURES_BEFORE_HUNGER = 2;
/** The watchdog is fed this often within its time. */
const FEEDS_PER_PERIOD = 3;

/** Examines the parts, tells systemd, and feeds the watchdog only while every part that a restart can cure is well. */
export function createHealth(
  options: HealthOptions,
  { checks, clock, logger, onFaults }: HealthDeps,
): Health {
  const environment = watchdogEnvironment(process.env, process.pid);
  const { intervalMs = INTERVAL_MS, checkLimitMs = CHECK_LIMIT_MS } = options;
  const watchdogUsec = options.watchdogUsec ?? environment.watchdogUsec;
  const notifier = createNotifier(options.notifySocket ?? environment.notifySocket, logger);
  const rounds = createRounds(checks, clock, checkLimitMs);
  const failures = new Map<string, number>();
  const stop = new AbortController();
  const loop = watchLoop();
  let latest: readonly Check[] = [];
  let faults: string | undefined;
  let roundEndedMs = clock.elapsed();
  let first: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const found = await rounds.round(stop.signal);
    latest = [...found, loop.check()];
    roundEndedMs = clock.elapsed();
    for (const { name, ok, curedByRestart } of latest) {
      failures.set(name, ok || curedByRestart !== true ? 0 : (failures.get(name) ?? 0) + 1);
    }
    const codes = found.filter(({ ok }) => !ok).map(({ name }) => name);
    if (faults === codes.join()) return;
    faults = codes.join();
    logger?.info({ faults: codes }, codes.length === 0 ? 'every part is well' : 'parts are not well');
    onFaults?.(codes);
    void notifier.send([statusOf(codes)]);
  };
  const keepLooking = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await clock.sleep(faults === '' ? intervalMs : Math.min(intervalMs, FAULT_INTERVAL_MS), stop.signal);
      await look();
    }
  };
  /** A round takes at most the check's limit; one that takes longer means that nothing here turns any more. */
  const mayFeed = (): boolean =>
    clock.elapsed() - roundEndedMs < intervalMs + 2 * checkLimitMs &&
    [...failures.values()].every((count) => count < FAILURES_BEFORE_HUNGER);
  const feed = async (periodMs: number): Promise<void> => {
    let fed = true;
    while (!stop.signal.aborted) {
      const well = mayFeed();
      if (well) await notifier.send(['WATCHDOG=1']);
      else if (fed) logger?.error({ faults }, 'the watchdog is no longer fed');
      fed = well;
      await clock.sleep(periodMs, stop.signal);
    }
  };
  const inBackground = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      // An end that nobody asked for: the watchdog goes hungry, and systemd starts the service anew.
      if (!isAbort(error)) logger?.fatal({ err: error }, 'the examination of the parts ended');
    });
  };

  const start = (): void => {
    if (first !== undefined || closed !== undefined) return;
    first = look();
    inBackground(first.then(keepLooking));
    if (watchdogUsec !== undefined) inBackground(feed(watchdogUsec / 1000 / FEEDS_PER_PERIOD));
  };
  return {
    start,
    async ready() {
      start();
      await first;
      await notifier.send([
        'READY=1',
        statusOf(faults === '' || faults === undefined ? [] : faults.split(',')),
      ]);
    },
    latest: () => latest,
    close() {
      closed ??= (async () => {
        stop.abort();
        loop.close();
        await notifier.send(['STOPPING=1', 'STATUS=stopping']);
      })();
      return closed;
    },
  };
}

function statusOf(codes: readonly string[]): string {
  return codes.length === 0 ? 'STATUS=every part is well' : `STATUS=not well: ${codes.join(', ')}`;
}
