import type { z } from 'zod';
import type { Calibration, CalibrationPoint } from '../embed/model.js';
import type { calibrationSchema, measuredSchema } from './calibration-schema.js';

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
