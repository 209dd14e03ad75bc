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

/** A connection that held for so long was a good one: its loss begins the waits anew. */
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
  let protocol: Protocol = options.protocol === 'auto' ? '5' : options.protocol;
  /** This broker has spoken `protocol`: a mere hang-up is no reason to doubt it. */
  let spoken = false;

  /**
   * One attempt, with one CONNECT: a broker that turns many away at its door must not be asked twice as often. Only
   * where it says that the version is the reason, the other one is tried at once.
   */
  const open = async (): Promise<Wire> => {
    const attempt = () => openWire({ ...options, protocol, will: options.will() }, deps.take, signal);
    try {
      const opened = await attempt();
      spoken = true;
      return opened;
    } catch (error) {
      const refused = speaksOfVersion(error);
      if (options.protocol !== 'auto' || !(refused || (!spoken && isPlainHangUp(error)))) throw error;
      protocol = protocol === '5' ? '3.1.1' : '5';
      spoken = false;
      if (refused) return attempt();
      throw error;
    }
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
    backOff.lost(clock.elapsed() - since >= STABLE_MS);
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

/** A broker of another version may just hang up on a CONNECT that it cannot read. */
function isPlainHangUp(error: unknown): boolean {
  return isCountersignError(error) && error.code === 'UPLINK_LOST' && error.details['reason'] === undefined;
}

function speaksOfVersion(error: unknown): boolean {
  return isCountersignError(error) && VERSION_REFUSED.has(Number(error.details['reason']));
}
