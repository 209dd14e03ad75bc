import { faceFault } from '../errors.js';
import type { Calibration, CalibrationGroup, EmbeddingModel } from './model.js';

export interface Threshold {
  readonly threshold: number;
  /** The group that asks for the highest threshold. */
  readonly group: string;
  readonly extrapolated: boolean;
}

/**
 * The decision threshold at a target false-match rate: that of the strictest group, so that the rate holds for
 * everybody. Between two measured points the threshold is read off a straight line over the logarithm of the rate.
 * A group that was not measured so far down stays silent, as long as one was.
 *
 * @throws FACE_MODEL_UNCALIBRATED where no group was measured down to the target: no number is made up
 */
export function thresholdAt({ name, calibration }: EmbeddingModel, targetFmr: number): Threshold {
  const strictest = strictestAt(calibration, targetFmr);
  if (strictest === undefined) {
    throw faceFault('MODEL_UNCALIBRATED', { details: { model: name, targetFmr } });
  }
  return strictest;
}

function strictestAt(calibration: Calibration | undefined, targetFmr: number): Threshold | undefined {
  let strictest: Threshold | undefined;
  for (const group of calibration?.groups ?? []) {
    const found = ofGroup(group, targetFmr);
    if (found !== undefined && (strictest === undefined || found.threshold > strictest.threshold)) {
      strictest = found;
    }
  }
  return strictest;
}

function ofGroup({ group, points }: CalibrationGroup, targetFmr: number): Threshold | undefined {
  const falling = [...points].sort((a, b) => b.fmr - a.fmr);
  const at = falling.findIndex(({ fmr }) => fmr <= targetFmr * (1 + 1e-9));
  const below = falling[at];
  if (below === undefined) return undefined;
  const above = falling[at - 1];
  const extrapolated = below.extrapolated === true && below.fmr < (above?.fmr ?? 1);
  // Above the first measured point, that point's threshold is on the safe side.
  if (above === undefined) return { threshold: below.threshold, group, extrapolated };
  const part = Math.log(above.fmr / targetFmr) / Math.log(above.fmr / below.fmr);
  const threshold = above.threshold + Math.min(1, part) * (below.threshold - above.threshold);
  return { threshold: Math.max(threshold, above.threshold), group, extrapolated };
}
