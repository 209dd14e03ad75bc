import { z } from 'zod';
import type { Calibration, CalibrationPoint } from '../embed/model.js';

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

interface Calibrated {
  readonly calibration?: z.infer<typeof calibrationSchema> | undefined;
  readonly measured?: z.infer<typeof measuredSchema> | undefined;
}

/** The calibration of a pack, in whichever form it has one. */
export function calibrationOf({ calibration, measured }: Calibrated): Calibration | undefined {
  if (calibration !== undefined) {
    const groups = calibration.groups.map(({ group, points }) => ({
      group,
      points: points.map(withoutGaps),
    }));
    return { protocol: calibration.protocol, groups };
  }
  if (measured === undefined) return undefined;
  const groups = measured.groups.map((each) => {
    const { group, thresholdAt1e2, fnmrAt1e2, thresholdAt1e3, fnmrAt1e3 } = each;
    const points = [withoutGaps({ fmr: 1e-2, threshold: thresholdAt1e2, fnmr: fnmrAt1e2 })];
    if (thresholdAt1e3 !== undefined) {
      points.push(withoutGaps({ fmr: 1e-3, threshold: thresholdAt1e3, fnmr: fnmrAt1e3 }));
    }
    return { group, points };
  });
  return { protocol: measured.note ?? 'as the pack says', groups };
}

function withoutGaps({
  fmr,
  threshold,
  fnmr,
}: {
  fmr: number;
  threshold: number;
  fnmr?: number | undefined;
}): CalibrationPoint {
  return { fmr, threshold, ...(fnmr === undefined ? {} : { fnmr }) };
}
