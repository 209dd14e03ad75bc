import type { IClientOptions, IClientPublishOptions } from 'mqtt';
import { LIMITS } from '../contract/limits.js';

export type Protocol = '5' | '3.1.1';

export interface WireOptions {
  readonly url: string;
  readonly clientId: string;
  readonly protocol: Protocol;
  readonly keepAliveSeconds: number;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /**
   * Published by the broker when the terminal is gone without saying so; retained. A trial has none: nobody is to hear
   * of it.
   */
  readonly will: { readonly topic: string; readonly payload: string } | undefined;
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

/** MQTT versions by their protocol number in CONNECT. */
const PROTOCOL_NUMBERS = { '5': 5, '3.1.1': 4 } as const;
/** An unacknowledged message of ours at most for so many of theirs: bounds memory, whatever the broker does. */
const OUR_RECEIVE_MAXIMUM = 50;
/** An order may lie at the broker for so long; reports never rest on a session. */
const SESSION_SECONDS = 3600;
/** A short loss of the line is not announced to everybody. */
const WILL_DELAY_SECONDS = 60;
/** Payload, topic and properties of a message. */
export const MOST_PACKET_BYTES = LIMITS.messageBytes + 4096;

export function clientOptions(options: WireOptions): IClientOptions {
  const { will, protocol, keepAliveSeconds, clientId, connectTimeoutMs, ca, certificate, key } = options;
  const isV5 = protocol === '5';
  return {
    clientId,
    protocolVersion: PROTOCOL_NUMBERS[protocol],
    keepalive: keepAliveSeconds,
    // The session lets orders wait for a terminal that is away for a moment; reports never rest on it.
    clean: false,
    // 0: this client is for one connection; the link makes a new one with its own back-off.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // What is sent proves nothing: pings go on while reports do, and a timer set anew for each packet costs as they do.
    reschedulePings: false,
    // Its debug lines would be put together for every packet, only to be thrown away.
    log: () => {},
    // Longer than the own timer, which decides.
    connectTimeout: connectTimeoutMs * 2,
    ...(will === undefined
      ? {}
      : {
          will: {
            ...will,
            payload: Buffer.from(will.payload),
            qos: 1,
            retain: true,
            ...(isV5 ? { properties: { willDelayInterval: WILL_DELAY_SECONDS } } : {}),
          },
        }),
    ...(isV5
      ? {
          properties: {
            sessionExpiryInterval: SESSION_SECONDS,
            receiveMaximum: OUR_RECEIVE_MAXIMUM,
            maximumPacketSize: MOST_PACKET_BYTES,
          },
        }
      : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    rejectUnauthorized: true,
  };
}

export function publishOptions(message: WireMessage, protocol: Protocol): IClientPublishOptions {
  const { qos, retain = false, expirySeconds, responseTopic, correlation } = message;
  if (protocol !== '5') return { qos, retain };
  const properties = {
    ...(expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlation === undefined ? {} : { correlationData: Buffer.from(correlation) }),
  };
  return { qos, retain, properties };
}
