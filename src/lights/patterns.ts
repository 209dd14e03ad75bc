import type { Outcome } from '../domain/outcome.js';
import type { VisitView } from '../domain/visit.js';
import type { LampPattern } from './port.js';

export const LAMP_COLOURS = ['green', 'amber', 'red'] as const;
export type LampColour = (typeof LAMP_COLOURS)[number];

/** Everything that may be wired: the lamps of the patterns, and the light beside the camera, which is in none. */
export const LAMPS = [...LAMP_COLOURS, 'face'] as const;
export type Lamp = (typeof LAMPS)[number];

/** One moment of a pattern: the lamps that are lit, and for how long. */
export interface LampStep {
  readonly lit: readonly LampColour[];
  readonly ms: number;
}

/** A pattern is one steady step, or steps that are played round and round. */
export type LampSteps = readonly [LampStep, ...LampStep[]];

const steady = (...lit: LampColour[]): LampSteps => [{ lit, ms: 0 }];
const blink = (colour: LampColour, onMs: number, offMs: number): LampSteps => [
  { lit: [colour], ms: onMs },
  { lit: [], ms: offMs },
];

/**
 * Patterns on the same lamp differ in their rhythm, so that lamp and rhythm tell them apart without colours. None
 * flashes more than three times a second (WCAG 2.3.1).
 */
export const LAMP_STEPS: Readonly<Record<LampPattern, LampSteps>> = {
  off: steady(),
  ready: steady('green'),
  'waiting-for-person': blink('green', 600, 600),
  working: steady('amber'),
  verified: blink('green', 200, 200),
  refused: steady('red'),
  attention: blink('amber', 400, 400),
  'out-of-service': blink('red', 1000, 1000),
  // Ready all the same: the green stays on, a short amber pulse says that reports wait.
  offline: [
    { lit: ['green'], ms: 1900 },
    { lit: ['green', 'amber'], ms: 100 },
  ],
};

/** Only "no" is red; where nothing was decided the clerk is to look, or nothing is to be said at all. */
const OF_OUTCOME: Readonly<Record<Outcome, LampPattern>> = {
  verified: 'verified',
  'not-verified': 'refused',
  inconclusive: 'attention',
  failed: 'attention',
  declined: 'ready',
  cancelled: 'ready',
};

/** Chooses the pattern for what a visit shows. Pure. */
export function patternOf(view: VisitView): LampPattern {
  switch (view.stage) {
    case 'idle':
      return view.offline === true ? 'offline' : 'ready';
    case 'consent':
    case 'numbers':
      return 'waiting-for-person';
    case 'card':
      return cardPattern(view.cardHint);
    case 'face':
    case 'deciding':
    case 'asking-carrier':
      return 'working';
    case 'done':
      return view.outcome === undefined ? 'working' : OF_OUTCOME[view.outcome];
    case 'out-of-service':
      return 'out-of-service';
  }
}

/** The reader's plain events ("waiting", "found", "reading") are no faults; the codes of faults are in capitals. */
function cardPattern(hint: string | undefined): LampPattern {
  if (hint === undefined || hint === 'waiting') return 'waiting-for-person';
  return /^[A-Z]+_/.test(hint) ? 'attention' : 'working';
}
