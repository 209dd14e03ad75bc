import type { CardCheck } from '../domain/card.js';
import type { Comparison, LivenessResult } from '../domain/face.js';
import type { Outcome, Reason } from '../domain/outcome.js';

export interface Verdict {
  readonly outcome: Outcome;
  readonly reason: Reason;
}

/** Which reason a failed check gives; checks that are only warnings give none. */
const REASON_OF_CHECK: Readonly<Record<CardCheck['code'], Reason>> = {
  'number-checksum': 'card-number-invalid',
  'number-region': 'card-number-invalid',
  'number-date': 'card-number-invalid',
  'number-birth-date': 'card-fields-inconsistent',
  'number-sex': 'card-fields-inconsistent',
  'validity-begun': 'card-not-yet-valid',
  'validity-not-over': 'card-expired',
  'validity-order': 'card-fields-inconsistent',
  'name-present': 'card-fields-inconsistent',
  'clock-known': 'card-fields-inconsistent',
};

/** Why a card is refused as a document; undefined when it is good. Pure. */
export function judgeCard(checks: readonly CardCheck[]): Verdict | undefined {
  const failed = checks.find(({ ok, severity }) => !ok && severity === 'error');
  return failed === undefined ? undefined : { outcome: 'not-verified', reason: REASON_OF_CHECK[failed.code] };
}

/** Where it is required that the face follows the light beside the camera, one that does not shows no life. Pure. */
export function withReflection(liveness: LivenessResult, required: boolean): LivenessResult {
  return required && liveness.reflection === 'not-seen' ? { ...liveness, live: false } : liveness;
}

/**
 * The decision on one person: alive first, then alike. Nothing but a score at or above the threshold of a person who
 * is alive says yes. Pure.
 */
export function judgeFace(comparison: Comparison | undefined, liveness: LivenessResult): Verdict {
  if (comparison === undefined) return { outcome: 'inconclusive', reason: 'no-usable-face' };
  if (!liveness.live) {
    const { passive, suspicions } = liveness;
    const attack = suspicions.length > 0 || (passive !== null && passive.score < passive.threshold);
    return attack
      ? { outcome: 'not-verified', reason: 'attack-suspected' }
      : { outcome: 'inconclusive', reason: 'liveness-not-shown' };
  }
  return comparison.score >= comparison.threshold
    ? { outcome: 'verified', reason: 'face-matches-card' }
    : { outcome: 'not-verified', reason: 'face-does-not-match' };
}
