import mqtt, { type MqttClient } from 'mqtt';
import { promptLine } from '../contract/prompt-line.js';
import type { CountersignError } from '../domain/errors.js';
import { createAnswers, lostBecause } from './answers.js';
import { uplinkFault } from './errors.js';
import {
  clientOptions,
  MOST_PACKET_BYTES,
  type Protocol,
  publishOptions,
  type WireMessage,
  type WireOptions,
} from './mqtt-options.js';
import { createPacketMeter } from './packet-meter.js';
import { createSlots } from './slots.js';

/** One connection to a broker, from CONNACK until it is lost. It never connects again by itself and keeps no queue. */
export interface Wire {
  readonly protocol: Protocol;
  /** Unacknowledged messages that the broker allows. */
  readonly receiveMaximum: number;
  /** Resolves on the broker's acknowledgement. @throws UPLINK_LOST, UPLINK_TIMEOUT, UPLINK_REFUSED */
  publish(message: WireMessage): Promise<void>;
  /** @throws UPLINK_REFUSED, UPLINK_LOST, UPLINK_TIMEOUT */
  subscribe(topics: readonly string[]): Promise<void>;
  /** Resolves with the cause when the connection is gone. */
  readonly closed: Promise<CountersignError>;
  /** Ends it; politely, so that the broker does not publish the will, unless `force`. */
  end(force?: boolean): Promise<void>;
}

/** Is called one message after the other; the broker gets its acknowledgement when the promise resolves. */
export type TakeMessage = (topic: string, payload: Buffer) => Promise<void>;

/** Specified default where the broker names none; most brokers keep 20 in 3.1.1 as well. */
const RECEIVE_MAXIMUM_UNNAMED = 20;
const GOODBYE_MS = 1000;

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
  promptLine(client);
  const closed = watch(client);
  try {
    await connected(client, closed, options.connectTimeoutMs, signal);
  } catch (error) {
    client.end(true);
    throw error;
  }
  return wrap(client, options, closed);
}

/** Resolves with the cause when the connection is gone, which is also when the broker sends what is too large. */
function watch(client: MqttClient): Promise<CountersignError> {
  let lastError: unknown;
  const meter = createPacketMeter(MOST_PACKET_BYTES);
  client.stream.on('data', (chunk: Buffer) => {
    if (!meter.exceeds(chunk)) return;
    lastError ??= uplinkFault('LOST', { details: { reason: 'packet too large' } });
    client.stream.destroy();
  });
  return new Promise((resolve) => {
    // Some listener has to stay for the client's whole life: an error that nobody hears ends the process.
    client.on('error', (error) => {
      lastError ??= error;
      // After bytes that are no packet MQTT.js would wait for ever for the rest of it.
      client.end(true);
    });
    client.on('disconnect', ({ reasonCode }) => {
      lastError = uplinkFault('REFUSED', { details: { reason: reasonCode ?? 0, on: 'disconnect' } });
      client.end(true);
    });
    for (const name of ['close', 'end'] as const) {
      client.once(name, () => resolve(lostBecause(lastError)));
    }
  });
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
  const { protocol, ackTimeoutMs } = options;
  const receiveMaximum = client.serverProperties?.receiveMaximum ?? RECEIVE_MAXIMUM_UNNAMED;
  const slots = createSlots(receiveMaximum);
  const answers = createAnswers(ackTimeoutMs, () => client.end(true));
  void closed.then((fault) => {
    slots.fail(fault);
    answers.fail();
  });
  return {
    protocol,
    receiveMaximum,
    closed,
    publish(message) {
      if (!client.connected) return Promise.reject(uplinkFault('LOST'));
      const { topic, payload, qos } = message;
      const how = publishOptions(message, protocol);
      if (qos === 0) {
        client.publish(topic, payload, how);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const told = (fault?: CountersignError): void => {
          slots.free();
          if (fault === undefined) resolve();
          else reject(fault);
        };
        const send = (): void =>
          answers.ask('publish', (done) => client.publish(topic, payload, how, done), told);
        slots.take(send, reject);
      });
    },
    async subscribe(topics) {
      let granted: readonly { qos: number }[] = [];
      await new Promise<void>((resolve, reject) => {
        const send = (done: (error?: Error | null) => void): void => {
          client.subscribe([...topics], { qos: 1 }, (error, grants) => {
            granted = grants ?? [];
            done(error);
          });
        };
        answers.ask('subscribe', send, (fault) => (fault === undefined ? resolve() : reject(fault)));
      });
      // 3.1.1 says a refusal as 128 in the list of what was granted.
      if (granted.some(({ qos }) => qos > 2)) throw uplinkFault('REFUSED', { details: { on: 'subscribe' } });
    },
    end: (force = false) => end(client, force),
  };
}

/** Resolves in any case: a broker that does not let go politely is left. */
async function end(client: MqttClient, force: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    client.endAsync(force).catch(() => {}),
    new Promise<void>((resolve) => client.once('close', () => resolve())),
    new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        client.end(true);
        resolve();
      }, GOODBYE_MS);
    }),
  ]);
  clearTimeout(timer);
}
