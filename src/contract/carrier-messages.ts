import { z } from 'zod';
import { SERVICES } from '../domain/service.js';
import { LANGUAGES } from '../domain/visit.js';
import { LIMITS } from './limits.js';
import { bundleJws, compactJwe, identifier, instant, sha256, uuidV7 } from './names.js';

/** What every message of the carrier says of itself; nothing rests on MQTT properties. */
const addressed = {
  /** The terminal it is for. */
  terminal: identifier,
  issuedAt: instant,
};

const received = {
  id: uuidV7,
  seq: z.int().min(1),
  /** SHA-256 (base64url) over the compact JWS of the report. */
  hash: sha256,
  accepted: z.boolean(),
  at: instant,
  reason: z.string().max(200).optional(),
};

/** A receipt speaks of so many reports at most. */
export const MOST_RECEIPTED = 50;

/** Only this removes a report from the outbox. */
export const receiptSchema = z.strictObject({
  ...addressed,
  ...received,
  /** Further reports that came at the same time: one signature serves them all. */
  also: z
    .array(z.strictObject(received))
    .min(1)
    .max(MOST_RECEIPTED - 1)
    .optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;
/** What a receipt says of one report. */
export type Received = Omit<Receipt, 'also' | 'terminal' | 'issuedAt'>;

/** All that a receipt speaks of. */
export function receivedIn(receipt: Receipt): readonly Received[] {
  return receipt.also === undefined ? [receipt] : [receipt, ...receipt.also];
}

/** Starts a visit. */
export const orderSchema = z.strictObject({
  ...addressed,
  orderId: identifier,
  service: z.enum(SERVICES),
  /**
   * sim-replacement and transfer: HMAC-SHA-256 (base64url) over the holder's card number, keyed with `key`; the
   * number and the name never cross the wire in the clear.
   */
  registeredHolder: z.strictObject({ key: z.string().min(22).max(86), hash: sha256 }).optional(),
  language: z.enum(LANGUAGES).optional(),
  expiresAt: instant,
});
export type Order = z.infer<typeof orderSchema>;

export const COMMANDS = ['reboot', 'reload', 'collect-logs', 'rotate-keys', 'update', 'set-rate'] as const;

/** Executed once, however often it arrives. */
export const commandSchema = z
  .strictObject({
    ...addressed,
    id: uuidV7,
    command: z.enum(COMMANDS),
    /** Counts up per terminal: an older one than the last executed is refused. */
    counter: z.int().min(1),
    expiresAt: instant,
    arguments: z
      .record(z.string().max(40), z.union([z.string().max(200), z.number(), z.boolean()]))
      .optional(),
    /**
     * rotate-keys: the site bundle for the terminal's next keys, which puts them in force. Without it the terminal is to
     * make the next keys and to answer with their enrolment.
     */
    bundle: bundleJws.optional(),
  })
  .refine(
    ({ command, bundle }) => bundle === undefined || command === 'rotate-keys',
    'only rotate-keys has a bundle',
  );
export type Command = z.infer<typeof commandSchema>;

/** Answer to `numbers-in-my-name`, sealed to the key that came with the query. */
export const answerSchema = z.strictObject({
  ...addressed,
  query: uuidV7,
  /** JWE over `answerBodySchema`, to the query's own one-time key. */
  sealed: compactJwe,
});
export type Answer = z.infer<typeof answerSchema>;

export const answerBodySchema = z.strictObject({
  numbers: z
    .array(
      z.strictObject({
        ref: z.string().min(1).max(LIMITS.id),
        masked: z.string().min(3).max(30),
        kind: z.enum(['mobile', 'internet']),
        since: z.iso.date().optional(),
      }),
    )
    .max(LIMITS.numbers),
});
export type AnswerBody = z.infer<typeof answerBodySchema>;
