import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import { type CountersignError, isAbort, isCountersignError } from '../domain/errors.js';
import type { BackOff } from './back-off.js';
import { uplinkFault } from './errors.js';
import type { Protocol, WireOptions } from './mqtt-options.js';
import { openWire, type TakeMessage, type Wire } from './wire.js';

export interface LinkOptions extends Omit<WireOptions, 'protocol' | 'will'> {
  readonly protocol: 'auto' | Protocol;
  /** Made anew for each connection, because it says since when. */
  readonly will: () => WireOptions['will'];
}

export interface LinkDeps {
  readonly clock: Clock;
  readonly backOff: BackOff;
  readonly take: TakeMessage;
  /** Subscribes and says hello; the link counts as up when it resolves, and is given up when it rejects. */
  readonly greet: (wire: Wire) => Promise<void>;
  readonly onUp: (wire: Wire) => void;
  readonly onDown: () => void;
  readonly logger?: Logger | undefined;
}

/** Keeps one connection: opens it, waits until it is lost, waits a while, opens it again, for ever. */
export interface Link {
  start(): void;
  readonly wire: Wire | undefined;
  /** Why there is no connection now. */
  readonly problem: CountersignError | undefined;
  stop(): Promise<void>;
}

/** A connection that held for so long was a good one: the next loss begins with short waits again. */
const STABLE_MS = 30_000;
/** CONNACK codes that speak of the protocol version: 1 in 3.1.1, 0x84 in 5. */
const VERSION_REFUSED = new Set([0x01, 0x84]);

export function createLink(options: LinkOptions, deps: LinkDeps): Link {
  const { clock, backOff, logger } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  let wire: Wire | undefined;
  let problem: CountersignError | undefined;
  let running: Promise<void> | undefined;
  let protocols: Protocol[] = options.protocol === 'auto' ? ['5', '3.1.1'] : [options.protocol];

  const open = async (): Promise<Wire> => {
    let first: unknown;
    for (const protocol of protocols) {
      try {
        const opened = await openWire({ ...options, protocol, will: options.will() }, deps.take, signal);
        // What the broker spoke is tried first the next time; the other stays in case the broker is replaced.
        if (protocols[0] !== protocol && speaksOfVersion(first)) protocols = [...protocols].reverse();
        return opened;
      } catch (error) {
        first ??= error;
        if (!mayBeVersion(error)) throw error;
      }
    }
    throw first;
  };

  const once = async (): Promise<void> => {
    const opened = await open();
    let closing: CountersignError;
    const since = clock.elapsed();
    // A broker that is slow to answer must not hold up a stop.
    const giveUp = (): void => void opened.end(true);
    try {
      signal.throwIfAborted();
      signal.addEventListener('abort', giveUp, { once: true });
      await deps.greet(opened).finally(() => signal.removeEventListener('abort', giveUp));
      wire = opened;
      problem = undefined;
      logger?.info({ protocol: opened.protocol }, 'connected to the broker');
      deps.onUp(opened);
      closing = await opened.closed;
    } finally {
      if (wire !== undefined) {
        wire = undefined;
        deps.onDown();
      }
      void opened.end(true);
    }
    if (clock.elapsed() - since >= STABLE_MS) backOff.reset();
    throw closing;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await once();
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        problem = isCountersignError(error) ? error : uplinkFault('LOST', { cause: error });
        const waitMs = backOff.next();
        logger?.warn({ code: problem.code, ...problem.details, waitMs }, 'no connection to the broker');
        await clock.sleep(waitMs, signal).catch(() => {});
      }
    }
  };

  return {
    start() {
      running ??= run();
    },
    get wire() {
      return wire;
    },
    get problem() {
      return problem;
    },
    async stop() {
      const last = wire;
      stopping.abort();
      await last?.end();
      await running;
    },
  };
}

/** A broker of another version refuses with a code, or just hangs up on a CONNECT that it cannot read. */
function mayBeVersion(error: unknown): boolean {
  if (!isCountersignError(error)) return false;
  if (error.code === 'UPLINK_REFUSED') return speaksOfVersion(error);
  return error.code === 'UPLINK_LOST' && error.details['reason'] === undefined;
}

function speaksOfVersion(error: unknown): boolean {
  return isCountersignError(error) && VERSION_REFUSED.has(Number(error.details['reason']));
}
