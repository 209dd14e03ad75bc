import type { Calibration, CalibrationPoint } from '../embed/model.js';
import type { GroupScores } from './gather-scores.js';
import { ratesAt, type SortedScores, supports, thresholdForFmr } from './statistics/rates.js';

const RATES = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5];
/** Decimals of a threshold that is written down. */
const STEPS = 1e6;

/** A calibration as a pack's manifest carries it, with the data set it was measured on. */
export interface MeasuredCalibration extends Calibration {
  readonly dataset: string;
  readonly model: string;
}

/**
 * The calibration that these scores give: for each group the thresholds of those false-match rates that its number of
 * impostor pairs supports. Nothing is extrapolated; a group with too few pairs has no points and is left out.
 */
export function calibrate(
  groups: readonly { readonly group: string; readonly scores: GroupScores['scores'] }[],
  about: { readonly dataset: string; readonly protocol: string; readonly model: string },
): MeasuredCalibration {
  return {
    ...about,
    groups: groups
      .map(({ group, scores }) => ({
        group,
        genuine: scores.genuine.length,
        impostor: scores.impostor.length,
        points: pointsOf(scores),
      }))
      .filter(({ points }) => points.length > 0),
  };
}

function pointsOf(scores: SortedScores): CalibrationPoint[] {
  if (scores.genuine.length === 0) return [];
  return RATES.filter((fmr) => supports(scores, fmr)).map((fmr) => {
    // Rounded upwards, so that the rate holds for the number that is written.
    const threshold = Math.ceil(thresholdForFmr(scores, fmr) * STEPS) / STEPS;
    return { fmr, threshold, fnmr: ratesAt(scores, threshold).fnmr };
  });
}
