/** How a visit ended. Only `verified` says yes; the way by hand is offered for every other. */
export const OUTCOMES = [
  'verified',
  'not-verified',
  'inconclusive',
  'declined',
  'cancelled',
  'failed',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Why a visit ended as it did: machine-readable, stable, in the report and on the page. */
export const REASONS = [
  // verified
  'face-matches-card',
  // not-verified
  'face-does-not-match',
  'card-expired',
  'card-not-yet-valid',
  'card-number-invalid',
  'card-fields-inconsistent',
  'card-not-genuine',
  'not-registered-holder',
  'same-person-twice',
  'attack-suspected',
  // inconclusive
  'no-usable-face',
  'several-faces',
  'card-photo-unusable',
  'photo-decoder-missing',
  'liveness-not-shown',
  'order-lacks-registered-holder',
  // declined
  'consent-refused',
  'way-by-hand-chosen',
  // cancelled
  'person-left',
  'operator-cancelled',
  'order-expired',
  'time-ran-out',
  // failed
  'reader-fault',
  'camera-fault',
  'face-engine-fault',
  'storage-fault',
  'terminal-stopped',
] as const;

export type Reason = (typeof REASONS)[number];
