import { z } from 'zod';
import { CARD_KINDS } from '../domain/card.js';
import { CHALLENGES } from '../domain/face.js';
import { OUTCOMES, REASONS } from '../domain/outcome.js';
import { SERVICES } from '../domain/service.js';
import { LANGUAGES } from '../domain/visit.js';
import { LIMITS } from './limits.js';
import { compactJwe, identifier, instant, sha256, uuidV7 } from './names.js';

const score = z.number().min(-10).max(10);

/** What is sealed to the carrier about a holder: the card's fields, never a picture. */
export const holderSchema = z.strictObject({
  kind: z.enum(CARD_KINDS),
  name: z.string().max(120),
  nameLatin: z.string().max(120).optional(),
  sex: z.enum(['male', 'female', 'unknown', 'not-stated']),
  birthDate: z.iso.date(),
  nationality: z.string().max(3).optional(),
  address: z.string().max(140).optional(),
  number: z.string().min(15).max(18),
  issuer: z.string().max(60).optional(),
  validFrom: z.iso.date(),
  validUntil: z.union([z.iso.date(), z.literal('long-term')]),
  permitNumber: z.string().max(18).optional(),
});
export type Holder = z.infer<typeof holderSchema>;

export const personSchema = z.strictObject({
  role: z.enum(['holder', 'present-holder', 'new-holder']),
  /** JWE to the carrier's key (ECDH-ES, A256GCM) over `holderSchema`; absent when no card was read. */
  holder: compactJwe.optional(),
  card: z
    .strictObject({
      kind: z.enum(CARD_KINDS),
      validUntil: z.union([z.iso.date(), z.literal('long-term')]),
      /** First six digits of the number: the issuing division. */
      issuerCode: z.string().max(6).optional(),
      failedChecks: z.array(z.string().max(40)).max(20),
    })
    .optional(),
  comparison: z
    .strictObject({
      score,
      threshold: score,
      targetFmr: z.number().positive().max(1),
      model: z.string().max(80),
      frames: z.int().min(1).max(64),
    })
    .optional(),
  liveness: z
    .strictObject({
      passive: z.strictObject({ score, threshold: score, model: z.string().max(80) }).nullable(),
      challenges: z.array(z.strictObject({ challenge: z.enum(CHALLENGES), passed: z.boolean() })).max(10),
      suspicions: z.array(z.string().max(40)).max(10),
      live: z.boolean(),
    })
    .optional(),
  /** Overall quality of the best probe, 0..1. */
  quality: z.number().min(0).max(1).optional(),
  attempts: z.int().min(0).max(100),
  consent: z
    .strictObject({
      textVersion: z.string().max(20),
      language: z.enum(LANGUAGES),
      at: instant,
      given: z.boolean(),
    })
    .optional(),
});
export type ReportPerson = z.infer<typeof personSchema>;

/** The signed body of a report. `seq` has no gaps per terminal; `previous` is the hash of the report before. */
export const reportSchema = z.strictObject({
  id: uuidV7,
  seq: z.int().min(1),
  /** SHA-256 of the compact JWS of the report before; absent for the first, or after a mark. */
  previous: sha256.optional(),
  /** Set on the first report after the local database had to be begun anew. */
  chainRestarted: z.strictObject({ cause: z.string().max(80) }).optional(),
  terminal: identifier,
  site: identifier,
  order: identifier.optional(),
  service: z.enum(SERVICES),
  outcome: z.enum(OUTCOMES),
  reasons: z.array(z.enum(REASONS)).max(10),
  people: z.array(personSchema).max(LIMITS.people),
  /** numbers-in-my-name: the handles that the holder disputes. */
  dispute: z
    .strictObject({ query: uuidV7, refs: z.array(z.string().max(LIMITS.id)).min(1).max(LIMITS.numbers) })
    .optional(),
  decidedAt: z.strictObject({
    at: instant,
    confidence: z.enum(['synchronised', 'floor', 'none']),
    /** Counts process starts; with `elapsedMs` it orders decisions without any clock. */
    boot: z.int().min(1),
    elapsedMs: z.number().min(0),
  }),
  software: z.string().max(40),
  policy: z.string().max(40),
  /** Where the signing key lives. */
  signerTier: z.enum(['file', 'tpm', 'secure-element']),
});
export type Report = z.infer<typeof reportSchema>;

/** A report as the visit writes it: the outbox adds number and chain, the identity signs. */
export type ReportDraft = Omit<
  Report,
  'seq' | 'previous' | 'chainRestarted' | 'signerTier' | 'terminal' | 'site'
>;
