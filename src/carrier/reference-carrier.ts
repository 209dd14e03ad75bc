import { connectAsync, type IClientOptions } from 'mqtt';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import type { AnswerBody } from '../contract/carrier-messages.js';
import { TYP } from '../contract/envelope.js';
import { LIMITS } from '../contract/limits.js';
import {
  type CommandResult,
  commandResultSchema,
  type OrderState,
  orderStateSchema,
  type Status,
  statusSchema,
} from '../contract/terminal-messages.js';
import { parseTopic, TOPICS, topicOf } from '../contract/topics.js';
import type { Carrier, CommandRequest, OrderRequest } from './carrier.js';
import type { OpenedReport } from './open-report.js';
import { verifyFromTerminal } from './open-report.js';

export interface ReferenceCarrierOptions {
  readonly url: string;
  /** TLS and credentials, as mqtt.js takes them. */
  readonly connection?: Pick<IClientOptions, 'ca' | 'cert' | 'key' | 'username' | 'password' | 'clientId'>;
  /** Several carriers share the reports where the broker has shared subscriptions, e.g. `carriers`. */
  readonly sharedGroup?: string;
}

export interface ReferenceCarrierDeps {
  readonly carrier: Carrier;
  readonly numbersOf: (holder: { number: string; name: string }) => AnswerBody['numbers'];
  readonly onReport?: (opened: OpenedReport, kept: 'new' | 'duplicate' | 'conflict') => void;
  readonly onOrderState?: (state: OrderState) => void;
  readonly onCommandResult?: (result: CommandResult) => void;
  readonly onStatus?: (terminal: string, status: Status) => void;
  readonly logger?: Logger;
}

export interface ReferenceCarrier {
  sendOrder(request: OrderRequest): Promise<string>;
  sendCommand(request: CommandRequest): Promise<string>;
  close(): Promise<void>;
}

/** Messages that may wait to be handled; what comes beyond stays with the terminals, which send again. */
const MOST_WAITING = 10_000;

/** Joins the carrier's library to a broker: what terminals send is taken, receipted and answered. */
export async function startReferenceCarrier(
  options: ReferenceCarrierOptions,
  deps: ReferenceCarrierDeps,
): Promise<ReferenceCarrier> {
  const { carrier, logger } = deps;
  const client = await connectAsync(options.url, {
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 500,
    reconnectOnConnackError: true,
    ...options.connection,
  });
  const queue = new PQueue({ concurrency: 8 });
  const publish = (terminal: string, name: 'receipt' | 'answer' | 'order' | 'command', jws: string) =>
    client.publishAsync(topicOf(terminal, name), jws, { qos: TOPICS[name].qos });

  const handle = async (topic: string, payload: Buffer): Promise<void> => {
    const parsed = parseTopic(topic);
    if (parsed === undefined || payload.length === 0 || payload.length > LIMITS.messageBytes) return;
    const { terminalId, name } = parsed;
    const text = payload.toString('utf8');
    if (name === 'report') {
      const { opened, kept, receipt } = await carrier.receive(terminalId, text);
      deps.onReport?.(opened, kept);
      await publish(terminalId, 'receipt', receipt);
    } else if (name === 'query') {
      await publish(terminalId, 'answer', (await carrier.answer(terminalId, text, deps.numbersOf)).answer);
    } else if (name === 'status') {
      deps.onStatus?.(terminalId, statusSchema.parse(JSON.parse(text)));
    } else if (name === 'orderState') {
      deps.onOrderState?.(
        orderStateSchema.parse(await fromTerminal(carrier, TYP.orderState, terminalId, text)),
      );
    } else if (name === 'commandResult') {
      deps.onCommandResult?.(
        commandResultSchema.parse(await fromTerminal(carrier, TYP.commandResult, terminalId, text)),
      );
    }
  };
  client.on('message', (topic, payload) => {
    if (queue.size >= MOST_WAITING) return;
    void queue.add(() =>
      handle(topic, payload).catch((error: unknown) => {
        // No receipt: the terminal keeps its report and sends it again.
        logger?.warn({ topic, code: (error as { code?: string }).code ?? 'INVALID' }, 'message refused');
      }),
    );
  });
  const share = options.sharedGroup === undefined ? '' : `$share/${options.sharedGroup}/`;
  const up = (['report', 'query', 'status', 'orderState', 'commandResult'] as const).map((name) =>
    // A retained status is not delivered to shared subscriptions.
    name === 'status' ? topicOf('+', name) : `${share}${topicOf('+', name)}`,
  );
  await client.subscribeAsync(up, { qos: 1 });

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
      await client.endAsync();
      await queue.onIdle();
    },
  };
}

async function fromTerminal(
  { store }: Carrier,
  typ: (typeof TYP)[keyof typeof TYP],
  terminal: string,
  jws: string,
): Promise<unknown> {
  const registered = await store.find(terminal);
  if (registered === undefined) throw new Error('unknown terminal');
  return verifyFromTerminal(typ, jws, registered.publicJwk);
}
