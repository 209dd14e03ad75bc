import { z } from 'zod';

const rate = z.number().min(0).max(1);

/** What `face evaluate --calibrate` writes into a pack. */
export const calibrationSchema = z.object({
  protocol: z.string().min(1),
  groups: z
    .array(
      z.object({
        group: z.string().min(1),
        genuine: z.int().optional(),
        impostor: z.int().optional(),
        points: z.array(z.object({ fmr: rate.gt(0), threshold: z.number(), fnmr: rate.optional() })).min(1),
      }),
    )
    .min(1),
});

/** The shorter form that packs are published with: two points for each group. */
export const measuredSchema = z.object({
  note: z.string().optional(),
  groups: z
    .array(
      z.object({
        group: z.string().min(1),
        genuine: z.int().optional(),
        impostor: z.int().optional(),
        fnmrAt1e2: rate.optional(),
        thresholdAt1e2: z.number(),
        fnmrAt1e3: rate.optional(),
        thresholdAt1e3: z.number().optional(),
      }),
    )
    .min(1),
});
