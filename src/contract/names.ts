import { z } from 'zod';
import { LIMITS } from './limits.js';

/** One MQTT topic level: no dots, stars or angle brackets, which RabbitMQ and NATS would translate. */
export const topicLevel = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(LIMITS.id);

/** Terminal, site, order and command ids. */
export const identifier = topicLevel;

export const uuidV7 = z.uuid({ version: 'v7' });

/** SHA-256 as base64url without padding: 43 characters. */
export const sha256 = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime({ precision: 3 });

/** Compact JWS: three base64url parts. */
export const compactJws = z
  .string()
  .max(LIMITS.messageBytes)
  .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);

/** Compact JWS of a site bundle, as it crosses the wire. */
export const bundleJws = compactJws.max(LIMITS.bundleBytes);

/** Compact JWE (ECDH-ES: the second part is empty). */
export const compactJwe = z
  .string()
  .max(LIMITS.messageBytes)
  .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
