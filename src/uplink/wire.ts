import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { LIMITS } from '../contract/limits.js';
import { type CountersignError, isCountersignError } from '../domain/errors.js';
import { uplinkFault } from './errors.js';

/** MQTT versions by their protocol number in CONNECT. */
export const PROTOCOLS = { '5': 5, '3.1.1': 4 } as const;
export type Protocol = keyof typeof PROTOCOLS;

export interface WireOptions {
  readonly url: string;
  readonly clientId: string;
  readonly protocol: Protocol;
  readonly keepAliveSeconds: number;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Published by the broker when the terminal is gone without saying so; retained. */
  readonly will: { readonly topic: string; readonly payload: string };
  readonly connectTimeoutMs: number;
  /** A broker that leaves a message unacknowledged for so long is given up. */
  readonly ackTimeoutMs: number;
}

export interface WireMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain?: boolean;
  /** The three below are repeated in MQTT 5 properties for the broker's convenience; nothing rests on them. */
  readonly expirySeconds?: number;
  readonly responseTopic?: string;
  readonly correlation?: string;
}

/** One connection to a broker, from CONNACK until it is lost. It never connects again by itself and keeps no queue. */
export interface Wire {
  readonly protocol: Protocol;
  /** Unacknowledged messages that the broker allows. */
  readonly receiveMaximum: number;
  /** Resolves on the broker's acknowledgement. @throws UPLINK_LOST, UPLINK_TIMEOUT, UPLINK_REFUSED */
  publish(message: WireMessage): Promise<void>;
  /** @throws UPLINK_REFUSED, UPLINK_LOST */
  subscribe(topics: readonly string[]): Promise<void>;
  /** Resolves with the cause when the connection is gone. */
  readonly closed: Promise<CountersignError>;
  /** Ends it; politely, so that the broker does not publish the will, unless `force`. */
  end(force?: boolean): Promise<void>;
}

/** Is called one message after the other; the broker gets its acknowledgement when the promise resolves. */
export type TakeMessage = (topic: string, payload: Buffer) => Promise<void>;

/** An unacknowledged message of ours at most for so many of theirs: bounds memory, whatever the broker does. */
const OUR_RECEIVE_MAXIMUM = 50;
/** Specified default where the broker names none; most brokers keep 20 in 3.1.1 as well. */
const RECEIVE_MAXIMUM_UNNAMED = 20;
const SESSION_SECONDS = 3600;

/** @throws UPLINK_REFUSED, UPLINK_LOST, UPLINK_TIMEOUT */
export async function openWire(options: WireOptions, take: TakeMessage, signal: AbortSignal): Promise<Wire> {
  signal.throwIfAborted();
  const client = mqtt.connect(options.url, clientOptions(options));
  client.handleMessage = (packet, done) => {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // A message that cannot be taken is acknowledged all the same: the broker would only send it again.
    take(packet.topic, payload).then(
      () => done(),
      () => done(),
    );
  };
  let lastError: unknown;
  const closed = new Promise<CountersignError>((resolve) => {
    // Some listener has to stay for the client's whole life: an error that nobody hears ends the process.
    client.on('error', (error) => {
      lastError = error;
    });
    client.on('disconnect', ({ reasonCode }) => {
      lastError = uplinkFault('REFUSED', { details: { reason: reasonCode ?? 0, on: 'disconnect' } });
    });
    for (const name of ['close', 'end'] as const) {
      client.once(name, () => resolve(lostBecause(lastError)));
    }
  });
  try {
    await connected(client, closed, options.connectTimeoutMs, signal);
  } catch (error) {
    client.end(true);
    throw error;
  }
  return wrap(client, options, closed);
}

function clientOptions(options: WireOptions): IClientOptions {
  const { will, protocol, keepAliveSeconds, clientId, connectTimeoutMs, ca, certificate, key } = options;
  const isV5 = protocol === '5';
  return {
    clientId,
    protocolVersion: PROTOCOLS[protocol],
    keepalive: keepAliveSeconds,
    // The session lets orders wait for a terminal that is away for a moment; reports never rest on it.
    clean: false,
    // 0: this client is for one connection; the link makes a new one with its own back-off.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Longer than the own timer, which decides.
    connectTimeout: connectTimeoutMs * 2,
    will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true },
    ...(isV5
      ? {
          properties: {
            sessionExpiryInterval: SESSION_SECONDS,
            receiveMaximum: OUR_RECEIVE_MAXIMUM,
            maximumPacketSize: LIMITS.messageBytes + 4096,
          },
        }
      : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    rejectUnauthorized: true,
  };
}

async function connected(
  client: MqttClient,
  closed: Promise<CountersignError>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  try {
    await Promise.race([
      new Promise<void>((resolve) => client.once('connect', () => resolve())),
      closed.then((fault) => Promise.reject(fault)),
      new Promise((_, reject) => {
        // A refused CONNACK: MQTT.js tells it as an error and may close only later.
        client.once('error', (error) => reject(lostBecause(error)));
        timer = setTimeout(() => reject(uplinkFault('TIMEOUT', { details: { on: 'connect' } })), timeoutMs);
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function wrap(client: MqttClient, options: WireOptions, closed: Promise<CountersignError>): Wire {
  const receiveMaximum = client.serverProperties?.receiveMaximum ?? RECEIVE_MAXIMUM_UNNAMED;
  const slots = createSlots(receiveMaximum);
  const lost = closed.then((fault) => slots.fail(fault));
  return {
    protocol: options.protocol,
    receiveMaximum,
    closed,
    async publish(message) {
      if (!client.connected) throw uplinkFault('LOST');
      if (message.qos === 0) {
        client.publish(message.topic, message.payload, publishOptions(message, options.protocol));
        return;
      }
      await slots.take();
      try {
        await acknowledged(client, message, options, lost);
      } finally {
        slots.free();
      }
    },
    async subscribe(topics) {
      const granted = await Promise.race([
        client.subscribeAsync([...topics], { qos: 1 }).catch((error: unknown) => {
          throw uplinkFault('REFUSED', { cause: error, details: { on: 'subscribe' } });
        }),
        lost.then(() => Promise.reject(uplinkFault('LOST'))),
      ]);
      // 3.1.1 says a refusal as 128 in the list of what was granted.
      if (granted.some(({ qos }) => qos > 2)) {
        throw uplinkFault('REFUSED', { details: { on: 'subscribe' } });
      }
    },
    end: (force = false) => client.endAsync(force).catch(() => {}),
  };
}

function acknowledged(
  client: MqttClient,
  message: WireMessage,
  options: WireOptions,
  lost: Promise<unknown>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(uplinkFault('TIMEOUT', { details: { on: 'publish' } }));
      client.end(true);
    }, options.ackTimeoutMs);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    // MQTT.js does not always call back when the link drops: the loss itself settles it as well.
    void lost.then(() => settle(() => reject(uplinkFault('LOST'))));
    client.publish(message.topic, message.payload, publishOptions(message, options.protocol), (error) => {
      settle(() => (error ? reject(lostBecause(error)) : resolve()));
    });
  });
}

function publishOptions(message: WireMessage, protocol: Protocol) {
  const { qos, retain = false, expirySeconds, responseTopic, correlation } = message;
  if (protocol !== '5') return { qos, retain };
  const properties = {
    ...(expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlation === undefined ? {} : { correlationData: Buffer.from(correlation) }),
  };
  return { qos, retain, properties };
}

/** Permits for unacknowledged messages: MQTT.js itself ignores the broker's Receive Maximum. */
function createSlots(most: number) {
  let free = most;
  let failed: CountersignError | undefined;
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return {
    take(): Promise<void> {
      if (failed !== undefined) return Promise.reject(failed);
      if (free > 0) {
        free--;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    free(): void {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next.resolve();
    },
    fail(fault: CountersignError): void {
      failed = fault;
      for (const { reject } of waiting.splice(0)) reject(fault);
    },
  };
}

/** MQTT reason codes stand in `code`, system ones (ECONNREFUSED, CERT_…) too; messages may name hosts and are left out. */
function lostBecause(error: unknown): CountersignError {
  if (isCountersignError(error)) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'number' && code > 0) {
    return uplinkFault('REFUSED', { cause: error, details: { reason: code } });
  }
  return uplinkFault('LOST', {
    cause: error,
    ...(typeof code === 'string' ? { details: { reason: code } } : {}),
  });
}
