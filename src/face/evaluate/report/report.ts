import type { FailureReason } from '../acquire.js';
import type { CardSide } from '../plan.js';
import type { DetPoint, Histogram } from '../statistics/curves.js';
import type { Interval } from '../statistics/interval.js';
import type { EqualErrorRate, ErrorRates } from '../statistics/rates.js';

/** What `face evaluate` found: report.json, and what report.html is drawn from. Rates are parts of 1. */
export interface EvaluationReport {
  readonly software: string;
  readonly at: string;
  readonly dataset: string;
  readonly model: { readonly name: string; readonly sha256: string; readonly compare: string };
  readonly protocol: Protocol;
  /** Each group; before them `all` where there are several: their pairs put together, none across groups. */
  readonly groups: readonly GroupReport[];
  readonly acquisition: readonly AcquisitionReport[];
  readonly failures: readonly FailureReport[];
  /** What each group would meet with the thresholds that the model's calibration gives now. */
  readonly inForce: readonly InForceReport[];
  readonly peers: readonly PeerReport[];
}

export interface Protocol {
  readonly list: 'pairs' | 'files';
  readonly card: CardSide;
  readonly cardBytes: number;
  readonly several: 'refuse' | 'foremost';
  readonly seed: number;
  /** Shares of pairs compared, where not all were. */
  readonly sampled: readonly {
    readonly group: string;
    readonly genuine: number;
    readonly impostor: number;
  }[];
  /** The same in a sentence, for the calibration. */
  readonly text: string;
}

export interface PairCount {
  readonly planned: number;
  readonly compared: number;
}

export interface GroupReport extends Curves {
  readonly group: string;
  readonly pictures: number;
  /** Absent where the list names no people. */
  readonly people?: number;
  readonly genuine: PairCount;
  readonly impostor: PairCount;
  readonly histogram: Histogram;
  readonly worstGenuine: readonly NamedPair[];
  readonly worstImpostor: readonly NamedPair[];
}

export interface Curves {
  readonly eer?: EqualErrorRate;
  readonly rates: readonly RateRow[];
  /** Target rates for which there are too few impostor pairs. */
  readonly unsupported: readonly number[];
  readonly det: readonly DetPoint[];
}

export interface RateRow extends ErrorRates {
  readonly targetFmr: number;
  /** Fewer than thirty false matches expected: the threshold itself is uncertain. */
  readonly thin: boolean;
  /** FNMR if genuine pairs that could not be compared counted as non-matches. */
  readonly fnmrWithFailures: number;
}

export interface NamedPair {
  readonly probe: string;
  readonly reference: string;
  readonly score: number;
}

export interface AcquisitionReport {
  readonly group: string;
  readonly role: string;
  readonly attempted: number;
  readonly failed: number;
  readonly rate: number;
  readonly interval: Interval;
  /** Card photos that could not be made, as their picture shows no one face; not attempted. */
  readonly noSource: number;
}

export interface FailureReport {
  readonly file: string;
  readonly group: string;
  readonly role: string;
  readonly reason: FailureReason;
  readonly detail?: string;
}

export interface InForceReport {
  readonly targetFmr: number;
  readonly threshold: number;
  readonly strictest: string;
  readonly extrapolated: boolean;
  readonly groups: readonly ({ readonly group: string } & ErrorRates)[];
}

/** Another system on the pairs that both could compare. */
export interface PeerReport {
  readonly name: string;
  readonly groups: readonly {
    readonly group: string;
    readonly genuine: number;
    readonly impostor: number;
    /** Pairs that we compared and it did not. */
    readonly missing: number;
    readonly ours: Curves;
    readonly theirs: Curves;
  }[];
}
