import { createHash } from 'node:crypto';
import { connectAsync, type IClientOptions } from 'mqtt';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import type { AnswerBody } from '../contract/carrier-messages.js';
import { TYP } from '../contract/envelope.js';
import { LIMITS } from '../contract/limits.js';
import { promptLine } from '../contract/prompt-line.js';
import {
  type CommandResult,
  commandResultSchema,
  type OrderState,
  orderStateSchema,
  type Status,
  statusSchema,
} from '../contract/terminal-messages.js';
import { parseTopic, TOPICS, type TopicName, topicOf } from '../contract/topics.js';
import type { Carrier, CommandRequest, OrderRequest } from './carrier.js';
import { carrierFault } from './errors.js';
import { createGathering } from './gather-receipts.js';
import type { OpenedReport } from './open-report.js';
import { signedBy } from './open-report.js';
import type { Kept } from './store.js';

const HEARD = ['report', 'query', 'status', 'orderState', 'commandResult'] as const;
export type Heard = (typeof HEARD)[number];
export type Sent = 'receipt' | 'answer' | 'order' | 'command';

export interface ReferenceCarrierOptions {
  readonly url: string;
  /** TLS and credentials, as mqtt.js takes them. */
  readonly connection?: Pick<IClientOptions, 'ca' | 'cert' | 'key' | 'username' | 'password' | 'clientId'>;
  /** What it listens to; everything where left out. */
  readonly hears?: readonly Heard[];
  /** Several carriers share the work where the broker has shared subscriptions, e.g. `carriers`. */
  readonly sharedGroup?: string;
  /** Several carriers share the work where it has not: this one takes part `index` (from 0) of `of`. */
  readonly part?: { readonly index: number; readonly of: number };
}

export interface ReferenceCarrierDeps {
  readonly carrier: Carrier;
  readonly numbersOf: (holder: {
    number: string;
    name: string;
  }) => AnswerBody['numbers'] | Promise<AnswerBody['numbers']>;
  readonly onReport?: (opened: OpenedReport, kept: Kept) => void;
  readonly onOrderState?: (state: OrderState) => void;
  /**
   * @param logs what `collect-logs` gathered, oldest line first
   * @param keyId of the terminal's key that signed the result
   */
  readonly onCommandResult?: (
    result: Omit<CommandResult, 'sealed'>,
    logs?: readonly string[],
    keyId?: string,
  ) => void;
  readonly onStatus?: (terminal: string, status: Status) => void;
  readonly onRefused?: (terminal: string, name: TopicName, error: unknown) => void;
  /** Stands between carrier and broker, e.g. to lose or forge what is sent; resolves when `deliver` was called as wished. */
  readonly onSend?: (
    message: { terminal: string; name: Sent; jws: string },
    deliver: (jws: string, terminal?: string) => Promise<void>,
  ) => Promise<void>;
  readonly logger?: Logger;
}

export interface ReferenceCarrier {
  sendOrder(request: OrderRequest): Promise<string>;
  sendCommand(request: CommandRequest): Promise<string>;
  /** Handles what has arrived, then leaves. */
  close(): Promise<void>;
}

/** Messages that may wait to be handled; what comes beyond stays with the terminals, which send again. */
const MOST_WAITING = 10_000;
const CONCURRENCY = 8;

/**
 * Joins the carrier's library to a broker: what terminals send is taken, receipted and answered.
 *
 * @throws CARRIER_BROKER_UNREACHABLE when there is no connection at the start; later ones come back by themselves
 */
export async function startReferenceCarrier(
  options: ReferenceCarrierOptions,
  deps: ReferenceCarrierDeps,
): Promise<ReferenceCarrier> {
  const { carrier, logger } = deps;
  const client = await connect(options);
  promptLine(client);
  client.on('error', (error) =>
    logger?.warn({ code: (error as { code?: unknown }).code }, 'broker connection'),
  );
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const publish = async (terminal: string, name: Sent, jws: string): Promise<void> => {
    const deliver = async (text: string, to = terminal): Promise<void> => {
      await client.publishAsync(topicOf(to, name), text, { qos: TOPICS[name].qos });
    };
    await (deps.onSend === undefined ? deliver(jws) : deps.onSend({ terminal, name, jws }, deliver));
  };
  const handlers = createHandlers(deps, publish);
  const inOrder = createLanes();
  const pending = new Set<Promise<void>>();
  let closing = false;

  client.on('message', (topic, payload) => {
    const place = parseTopic(topic);
    if (place === undefined || closing || pending.size >= MOST_WAITING) return;
    const { terminalId, name } = place;
    const handler = handlers[name as Heard];
    if (handler === undefined || payload.length === 0 || payload.length > LIMITS.messageBytes) return;
    if (!isMine(terminalId, options.part)) return;
    const work = (): Promise<void> =>
      handler(terminalId, payload.toString('utf8')).catch((error: unknown) => {
        // No receipt: the terminal keeps its report and sends it again.
        logger?.warn({ topic, code: (error as { code?: string }).code ?? 'INVALID' }, 'message refused');
        deps.onRefused?.(terminalId, name, error);
      });
    // Reports are put in order by their numbers; what else a terminal says means something by its order.
    const add = (): Promise<void> => queue.add(work);
    const done = (name === 'report' ? add() : inOrder(terminalId, add)).finally(() => pending.delete(done));
    pending.add(done);
  });
  await client.subscribeAsync(subscriptions(options), { qos: 1 });

  return {
    async sendOrder(request) {
      const { orderId, jws } = await carrier.order(request);
      await publish(request.terminal, 'order', jws);
      return orderId;
    },
    async sendCommand(request) {
      const { id, jws } = await carrier.command(request);
      await publish(request.terminal, 'command', jws);
      return id;
    },
    async close() {
      closing = true;
      await Promise.all(pending);
      await client.endAsync();
    },
  };
}

/** Runs what is given for one name one after the other, for different names side by side. */
function createLanes(): (name: string, work: () => Promise<void>) => Promise<void> {
  const lanes = new Map<string, Promise<void>>();
  return (name, work) => {
    const done = (lanes.get(name) ?? Promise.resolve()).then(work).finally(() => {
      if (lanes.get(name) === done) lanes.delete(name);
    });
    lanes.set(name, done);
    return done;
  };
}

type Handler = (terminal: string, text: string) => Promise<void>;

function createHandlers(
  deps: ReferenceCarrierDeps,
  publish: (terminal: string, name: Sent, jws: string) => Promise<void>,
): Record<Heard, Handler> {
  const { carrier } = deps;
  const receipt = createGathering(async (terminal, received) =>
    publish(terminal, 'receipt', await carrier.receipt(terminal, received)),
  );
  return {
    async report(terminal, text) {
      const { opened, kept, received } = await carrier.keep(terminal, text);
      deps.onReport?.(opened, kept);
      await receipt(terminal, received);
    },
    async query(terminal, text) {
      await publish(terminal, 'answer', (await carrier.answer(terminal, text, deps.numbersOf)).answer);
    },
    async status(terminal, text) {
      deps.onStatus?.(terminal, statusSchema.parse(JSON.parse(text)));
    },
    async orderState(terminal, text) {
      const state = orderStateSchema.parse(await carrier.verify(TYP.orderState, terminal, text));
      if (state.terminal !== terminal) throw carrierFault('MESSAGE_INVALID', { details: { terminal } });
      deps.onOrderState?.(state);
    },
    async commandResult(terminal, text) {
      const result = commandResultSchema.parse(await carrier.verify(TYP.commandResult, terminal, text));
      if (result.terminal !== terminal) throw carrierFault('MESSAGE_INVALID', { details: { terminal } });
      const { sealed: _sealed, ...plain } = result;
      deps.onCommandResult?.(plain, await carrier.logs(result), signedBy(text));
    },
  };
}

async function connect({ url, connection }: ReferenceCarrierOptions) {
  try {
    return await connectAsync(url, {
      // 3.1.1 is what every broker speaks, and nothing rests on properties.
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 500,
      reconnectOnConnackError: true,
      ...connection,
    });
  } catch (error) {
    throw carrierFault('BROKER_UNREACHABLE', {
      cause: error,
      details: { problem: error instanceof Error ? error.message : String(error) },
    });
  }
}

function subscriptions({ hears = HEARD, sharedGroup }: ReferenceCarrierOptions): string[] {
  const share = sharedGroup === undefined ? '' : `$share/${sharedGroup}/`;
  return hears.map((name) =>
    // A retained status is not delivered to shared subscriptions.
    name === 'status' ? topicOf('+', name) : `${share}${topicOf('+', name)}`,
  );
}

function isMine(terminal: string, part: ReferenceCarrierOptions['part']): boolean {
  if (part === undefined) return true;
  return createHash('sha256').update(terminal).digest().readUInt32BE(0) % part.of === part.index;
}
