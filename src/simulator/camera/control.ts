import { z } from 'zod';
import { CHALLENGES } from '../../domain/face.js';
import { WEARABLES } from '../people/looks.js';
import { BACKGROUNDS } from '../people/scene.js';
import { cameraFaultSchema } from './camera-faults.js';

export const ATTACK_KINDS = ['print', 'screen', 'still', 'frozen', 'loop', 'cut-in', 'pasted'] as const;
export type AttackKind = (typeof ATTACK_KINDS)[number];

const id = z.string().min(1).max(40);

const attackSchema = z.strictObject({
  kind: z.enum(ATTACK_KINDS),
  of: id.optional().describe('whose picture is shown, or who is cut in; the person themselves where absent'),
  afterMs: z.int().min(0).max(3_600_000).default(2000).describe('cut-in: when; loop: how much is recorded'),
});

/** What the camera is to see: the control file, and each step of a script. */
export const controlSchema = z.strictObject({
  person: id.nullable().optional().describe('who stands there; null for the empty room; absent: as before'),
  wears: z
    .enum(WEARABLES)
    .nullable()
    .optional()
    .describe('what the person has on over the face; null for nothing; absent: as before'),
  beside: id.nullable().optional().describe('a second person, who looks over the first one’s shoulder'),
  act: z
    .union([z.enum(CHALLENGES), z.array(z.enum(CHALLENGES)).max(20)])
    .optional()
    .describe('what the person does once, one after the other'),
  attack: z
    .union([z.enum(ATTACK_KINDS).transform((kind) => attackSchema.parse({ kind })), attackSchema])
    .optional(),
  background: z.enum(BACKGROUNDS).optional(),
  brightness: z.number().min(0.02).max(3).optional(),
  side: z.number().min(-1).max(1).optional().describe('where the light comes from, -1 left to 1 right'),
  flash: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('lamp beside the camera: lights who is near, not the room'),
  distance: z.number().min(0.4).max(4).optional().describe('1 as usual; 2 twice as far'),
  faults: z.array(cameraFaultSchema).max(100).optional().describe('added to those that still wait'),
});

export const scriptSchema = z
  .array(controlSchema.extend({ atMs: z.int().min(0).max(86_400_000), end: z.literal(true).optional() }))
  .max(1000);

export type Control = z.infer<typeof controlSchema>;
export type Attack = z.infer<typeof attackSchema>;
export type Script = z.infer<typeof scriptSchema>;
