import { z } from 'zod';
import { SERVICES } from '../domain/service.js';
import { LANGUAGES } from '../domain/visit.js';
import { screenFault } from './errors.js';

/** More numbers than a person may hold do not fit a page; the carrier's own limit is lower. */
const MOST_REFS = 200;

export const visitRequestSchema = z.strictObject({
  service: z.enum(SERVICES),
  language: z.enum(LANGUAGES).optional(),
});

export const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('consent'), given: z.boolean() }),
  z.strictObject({ type: z.literal('way-by-hand') }),
  z.strictObject({ type: z.literal('cancel') }),
  z.strictObject({ type: z.literal('language'), language: z.enum(LANGUAGES) }),
  z.strictObject({
    type: z.literal('dispute'),
    refs: z.array(z.string().min(1).max(200)).min(1).max(MOST_REFS),
  }),
  z.strictObject({ type: z.literal('finish') }),
]);

export const choiceSchema = z.strictObject({
  person: z.string().min(1).max(100).nullable().optional(),
  card: z.string().min(1).max(100).nullable().optional(),
});

export const orderSchema = z.strictObject({ card: z.string().min(1).max(100) });

/** The body as its schema has it; else `SCREEN_REQUEST_INVALID`, which names the place and never the value. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw screenFault('REQUEST_INVALID', {
    details: { at: issue?.path.join('.') ?? '', problem: issue?.code ?? '' },
  });
}
