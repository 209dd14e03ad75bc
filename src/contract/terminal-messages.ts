import { z } from 'zod';
import { OUTCOMES } from '../domain/outcome.js';
import { STAGES } from '../domain/visit.js';
import { enrolmentSchema } from './enrolment.js';
import { LIMITS } from './limits.js';
import { bundleJws, compactJwe, identifier, instant, uuidV7 } from './names.js';

export const statusSchema = z.strictObject({
  state: z.enum(['online', 'offline', 'degraded']),
  since: instant,
  version: z.string().max(40),
  /** Fault codes, e.g. `CARD_READER_GONE`. */
  reasons: z.array(z.string().max(60)).max(20),
});
export type Status = z.infer<typeof statusSchema>;

export const healthSchema = z.strictObject({
  at: instant,
  clock: z.enum(['synchronised', 'floor', 'none']),
  uptimeSeconds: z.number().min(0),
  visits: z.int().min(0),
  outbox: z.strictObject({ waiting: z.int().min(0), sent: z.int().min(0), confirmed: z.int().min(0) }),
  memoryMb: z.number().min(0),
  diskFreeMb: z.number().min(0).optional(),
  temperatureC: z.number().optional(),
  checks: z.array(z.strictObject({ name: z.string().max(40), ok: z.boolean() })).max(30),
});
export type Health = z.infer<typeof healthSchema>;

/** Where the visit for an order stands; no personal data. */
export const orderStateSchema = z.strictObject({
  terminal: identifier,
  orderId: identifier,
  at: instant,
  state: z.enum([...STAGES, 'refused', 'waiting']),
  outcome: z.enum(OUTCOMES).optional(),
  reason: z.string().max(60).optional(),
});
export type OrderState = z.infer<typeof orderStateSchema>;

/** Which numbers stand in the holder's name? */
export const querySchema = z.strictObject({
  id: uuidV7,
  terminal: identifier,
  at: instant,
  expiresAt: instant,
  /** JWE to the carrier over `queryBodySchema`. */
  sealed: compactJwe,
});
export type Query = z.infer<typeof querySchema>;

export const queryBodySchema = z.strictObject({
  /** Card number of the verified holder. */
  number: z.string().min(15).max(18),
  name: z.string().max(120),
  /** One-time public key (JWK, P-256) to which the carrier seals the answer. */
  replyTo: z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().max(60),
    y: z.string().max(60),
  }),
});
export type QueryBody = z.infer<typeof queryBodySchema>;

export const commandResultSchema = z.strictObject({
  terminal: identifier,
  id: uuidV7,
  at: instant,
  result: z.enum(['done', 'failed', 'refused']),
  detail: z.string().max(400).optional(),
  /** JWE to the carrier over `logsBodySchema`: what `collect-logs` gathered. */
  sealed: compactJwe.optional(),
  /** rotate-keys without a bundle: the next keys. Their own proof is in it; the keys in force sign this message. */
  enrolment: enrolmentSchema.optional(),
  /** rotate-keys without a bundle: the site bundle in force, from which the next one takes what stays as it is. */
  bundle: bundleJws.optional(),
});
export type CommandResult = z.infer<typeof commandResultSchema>;

/** The last lines of the service's log, oldest first, each as it was written: one JSON object. */
export const logsBodySchema = z.strictObject({
  lines: z.array(z.string().max(LIMITS.logBytes)).max(10_000),
});
