import { z } from 'zod';
import { faceFault } from '../errors.js';
import { calibrationSchema, measuredSchema } from './calibration-schema.js';

/** `manifest.json` of a model pack (docs/models.md). Keys that are not known are for people and pass. */

const MOST_BYTES = 512 * 1024 * 1024;
const triple = z.tuple([z.number(), z.number(), z.number()]);
const point = z.tuple([z.number(), z.number()]);
/** `v/255...` or `0..255 as it is`, as packs say it, or the factor. */
const scale = z.union([z.number(), z.string().regex(/^(v\/255|0\.\.255)/)]).default(1);

const fileSchema = z.object({
  path: z.string().regex(/^[A-Za-z0-9][\w.-]*\.onnx$/, 'a file name that ends in .onnx'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1).max(MOST_BYTES),
  cropScale: z.number().min(1).max(8).optional(),
});

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  version: z
    .string()
    .regex(/^[\w.-]{1,20}$/)
    .optional(),
  licence: z.string().min(1),
  source: z.string().min(1),
};

const inputSchema = z.object({
  name: z.string().min(1),
  layout: z.enum(['NCHW', 'NHWC']),
  shape: z.array(z.union([z.int().positive(), z.string()])).length(4),
  type: z.literal('float32'),
  colour: z.enum(['RGB', 'BGR']),
  scale,
  mean: triple.default([0, 0, 0]),
  std: triple.default([1, 1, 1]),
});

const embeddingSchema = z.object({
  ...common,
  task: z.literal('embedding'),
  files: z.tuple([fileSchema]),
  input: inputSchema.extend({
    alignment: z.object({
      kind: z.literal('similarity'),
      points: z.tuple([
        z.literal('leftEye'),
        z.literal('rightEye'),
        z.literal('noseTip'),
        z.literal('leftMouthCorner'),
        z.literal('rightMouthCorner'),
      ]),
      reference: z.array(point).length(5),
    }),
  }),
  output: z.object({ name: z.string().min(1), compare: z.enum(['cosine', 'euclidean']) }),
  calibration: calibrationSchema.optional(),
  measured: measuredSchema.optional(),
});

const attackSchema = z.object({
  ...common,
  task: z.literal('presentation-attack-detection'),
  files: z
    .array(fileSchema.required({ cropScale: true }))
    .min(1)
    .max(4),
  input: inputSchema,
  output: z.object({ name: z.string().min(1), meaning: z.array(z.string()).min(2) }),
  /** Below this fused score of bona fide, an attack is presented. */
  calibration: z.object({ threshold: z.number().min(0).max(1), protocol: z.string() }).optional(),
});

export const manifestSchema = z.discriminatedUnion('task', [embeddingSchema, attackSchema]);
export type PackManifest = z.infer<typeof manifestSchema>;
export type EmbeddingManifest = z.infer<typeof embeddingSchema>;
export type AttackManifest = z.infer<typeof attackSchema>;
export type PackTask = PackManifest['task'];

/** @throws FACE_PACK_INVALID with the place and the problem */
export function parseManifest(text: string): PackManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw faceFault('PACK_INVALID', { cause, details: { problem: 'manifest.json is no JSON' } });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw faceFault('PACK_INVALID', {
    cause: parsed.error,
    details: { at: issue?.path.join('.') || 'manifest', problem: issue?.message ?? 'unusable' },
  });
}
