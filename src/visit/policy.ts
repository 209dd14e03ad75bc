import { z } from 'zod';
import { visitFault } from './errors.js';

const seconds = (least: number, most: number, usual: number) =>
  z.number().min(least).max(most).default(usual);

/**
 * What the carrier may choose, and how far: the bounds are what no override may weaken. A value outside of them is
 * refused, never quietly corrected.
 */
export const policySchema = z.strictObject({
  /** Stands in every report. */
  version: z.string().min(1).max(40).default('1'),
  /** Target false-match rate of the comparison: one in a hundred at the very worst. */
  targetFmr: z.number().min(1e-6).max(1e-2).default(1e-3),
  /** `off` is for laboratories: a photograph held up would pass. */
  liveness: z.enum(['off', 'passive', 'active']).default('passive'),
  /** Active liveness: how many challenges, in random order. */
  challenges: z.int().min(1).max(4).default(2),
  /** Frames of good quality that are fused into one comparison. */
  frames: z.int().min(1).max(16).default(4),
  /** Comparisons before the answer is no: each gives a false match another chance, hence few. */
  attempts: z.int().min(1).max(3).default(2),
  /**
   * So long at least a person is watched before the answer (passive and active liveness): of the simulator's screens
   * three in 28 pass in 1.1 seconds, none in 1.8.
   */
  watchSeconds: seconds(2, 30, 2),
  /**
   * What it means that a face does not follow the light beside the camera, where one is wired: with `require` nobody is
   * verified by it, with `suspect` only a face that follows another pattern is refused (a counter in full sun).
   */
  faceLight: z.enum(['suspect', 'require']).default('require'),
  consentTextVersion: z.string().min(1).max(20).default('2026-11'),
  consentSeconds: seconds(15, 600, 120),
  cardSeconds: seconds(15, 600, 120),
  faceSeconds: seconds(15, 300, 60),
  /** Nobody before the camera for so long: the person left. */
  absenceSeconds: seconds(5, 120, 20),
  numbersSeconds: seconds(15, 600, 120),
  /** How long the result stays on the page. */
  doneSeconds: seconds(2, 60, 12),
});
export type Policy = z.infer<typeof policySchema>;

/**
 * Joins layers, later ones win: local configuration, then the carrier's bundle.
 *
 * @throws VISIT_POLICY_INVALID for unknown keys and for values that weaken the policy beyond its bounds
 */
export function parsePolicy(...layers: readonly Readonly<Record<string, unknown>>[]): Policy {
  const parsed = policySchema.safeParse(Object.assign({}, ...layers));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key =
    issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'policy');
  throw visitFault('POLICY_INVALID', {
    cause: parsed.error,
    details: { key, problem: issue?.message ?? 'unusable' },
  });
}
