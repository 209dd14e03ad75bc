import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import { receivedIn } from '../contract/carrier-messages.js';
import { TYP } from '../contract/envelope.js';
import type { CommandResult, Health } from '../contract/terminal-messages.js';
import { topicOf } from '../contract/topics.js';
import type { Check } from '../domain/check.js';
import type { CountersignError } from '../domain/errors.js';
import type { TerminalIdentity } from '../identity/port.js';
import type { Outbox } from '../outbox/port.js';
import { createAnnouncer } from './announcer.js';
import { createBackOff } from './back-off.js';
import { createCommandDesk } from './command-desk.js';
import { uplinkFault } from './errors.js';
import { createInbox } from './inbox.js';
import { createLink } from './link.js';
import type { Protocol } from './mqtt-options.js';
import { createNumbersQuery } from './numbers-query.js';
import { createOrderGuard } from './order-guard.js';
import { createOrderStates } from './order-states.js';
import type { Uplink, UplinkHandlers } from './port.js';
import { createRate } from './rate.js';
import { createRelay, RECEIPT_WAIT_MS } from './relay.js';
import type { Wire } from './wire.js';

export interface UplinkOptions {
  readonly protocol: 'auto' | Protocol;
  readonly keepAliveSeconds: number;
  /** Reports without receipt at a time, within what the broker allows. */
  readonly window: number;
  readonly backlogPerSecond: number;
  readonly reconnectFirstMs: number;
  readonly reconnectMostMs: number;
  /** A report without receipt gives its place in the window away after so long; 30 s where left out. */
  readonly receiptWaitMs?: number;
  /** Name and version, stands in `status`. */
  readonly software: string;
}

export interface UplinkDeps {
  readonly outbox: Outbox;
  readonly identity: TerminalIdentity;
  readonly clock: Clock;
  readonly handlers: UplinkHandlers;
  readonly logger?: Logger;
  readonly health?: () => Promise<Health>;
  /** 0..1, for the jitter. */
  readonly random?: () => number;
}

const CONNECT_TIMEOUT_MS = 20_000;
/** Half again the keep-alive: a broker that acknowledges nothing for so long is as dead as one that is silent. */
const ACK_KEEP_ALIVES = 1.5;
const FAREWELL_MS = 1000;

/** Joins the uplink's parts; see port.ts for what it promises. */
export function createUplink(options: UplinkOptions, deps: UplinkDeps): Uplink {
  const { identity, outbox, clock, handlers, logger } = deps;
  const { terminal, broker } = identity;
  const { window, receiptWaitMs = RECEIPT_WAIT_MS } = options;
  const listeners = new Set<(connected: boolean) => void>();
  const tellConnection = (connected: boolean): void => {
    for (const each of [...listeners]) each(connected);
  };
  let closing: Promise<void> | undefined;

  const rate = createRate(options.backlogPerSecond, () => clock.elapsed());
  const relay = createRelay({ window, terminal, receiptWaitMs }, { outbox, clock, rate, logger });
  const announcer = createAnnouncer(
    { terminal, software: options.software },
    { clock, health: deps.health, logger },
  );
  const orderStates = createOrderStates(identity, { clock, wire: () => link.wire, logger });
  const orders = createOrderGuard(outbox);
  const needWire = (): Wire => {
    if (link.wire === undefined) throw uplinkFault('UNREACHABLE');
    return link.wire;
  };
  const commands = createCommandDesk({
    outbox,
    clock,
    rate,
    terminal,
    logger,
    execute: (command) => handlers.onCommand(command),
    tell: async (result: CommandResult) => {
      const payload = await identity.signer.sign(TYP.commandResult, result);
      await needWire().publish({ topic: topicOf(terminal, 'commandResult'), payload, qos: 1 });
    },
  });
  const query = createNumbersQuery(identity, {
    clock,
    send: async (jws, { id, expirySeconds }) => {
      await needWire().publish({
        topic: topicOf(terminal, 'query'),
        payload: jws,
        qos: 1,
        expirySeconds,
        responseTopic: topicOf(terminal, 'answer'),
        correlation: id,
      });
    },
  });
  const inbox = createInbox({
    identity,
    clock,
    logger,
    onReceiptClaimed: (claimed) => relay.lend(claimed),
    onReceipt: async (receipt) => {
      const received = receivedIn(receipt);
      relay.answered(received);
      const fits = await outbox.confirm(receipt);
      relay.settled(received);
      return fits;
    },
    onAnswer: (body) => query.take(body),
    onOrder: async (order) => {
      if (await orders.admit(order, clock.now().at)) handlers.onOrder(order);
      else throw uplinkFault('MESSAGE_REFUSED', { details: { why: 'replayed' } });
    },
    onCommand: async (command) => {
      if ((await commands.take(command)) === 'replayed') {
        throw uplinkFault('MESSAGE_REFUSED', { details: { why: 'replayed' } });
      }
    },
  });
  const link = createLink(
    {
      ...broker,
      clientId: terminal,
      protocol: options.protocol,
      keepAliveSeconds: options.keepAliveSeconds,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ackTimeoutMs: options.keepAliveSeconds * 1000 * ACK_KEEP_ALIVES,
      will: () => announcer.will(),
    },
    {
      clock,
      logger,
      backOff: createBackOff(
        { firstMs: options.reconnectFirstMs, mostMs: options.reconnectMostMs },
        deps.random ?? Math.random,
      ),
      take: (topic, payload) => inbox.take(topic, payload),
      greet: async (wire) => {
        await wire.subscribe(
          (['receipt', 'order', 'answer', 'command'] as const).map((it) => topicOf(terminal, it)),
        );
        await announcer.greet(wire);
      },
      onUp: (wire) => {
        announcer.up(wire);
        relay.up(wire);
        orderStates.flush();
        commands.flush();
        tellConnection(true);
      },
      onDown: () => {
        announcer.down();
        relay.down();
        tellConnection(false);
      },
    },
  );

  const close = async (): Promise<void> => {
    relay.close();
    announcer.close();
    if (link.wire !== undefined) {
      const farewell = announcer.farewell(link.wire).catch(() => {});
      const enough = new AbortController();
      const late = clock.sleep(FAREWELL_MS, enough.signal).catch(() => {});
      await Promise.race([farewell, late]);
      enough.abort();
    }
    await link.stop();
    listeners.clear();
  };

  return {
    start() {
      commands
        .begin()
        .catch((error: unknown) => logger?.error({ err: error }, 'what was known of commands cannot be read'))
        .finally(() => {
          if (closing === undefined) link.start();
        });
    },
    get connected() {
      return link.wire !== undefined;
    },
    onConnection(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tellOrderState: (state) => orderStates.tell(state),
    tellFaults: (codes) => announcer.tellFaults(codes),
    async ask(holder, signal) {
      if (link.wire === undefined) throw uplinkFault('UNREACHABLE');
      return query.ask(holder, signal);
    },
    check: () => Promise.resolve(checkOf(link.wire, link.problem, inbox.dropped)),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function checkOf(wire: Wire | undefined, problem: CountersignError | undefined, dropped: number): Check {
  const name = 'uplink';
  const drops = dropped === 0 ? '' : `; ${dropped} messages dropped`;
  if (wire !== undefined) return { name, ok: true, detail: `connected, MQTT ${wire.protocol}${drops}` };
  const { code, details, advice } = problem ?? uplinkFault('UNREACHABLE');
  const why = 'reason' in details ? ` (reason ${details['reason']})` : '';
  return { name, ok: false, detail: `${code}${why}${drops}`, advice };
}
