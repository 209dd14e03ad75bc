import type { Point } from '../../domain/face.js';

/** One point that alignment brings to its place: the mean of some of the 68 landmarks, and where it belongs. */
export interface Anchor {
  readonly from: readonly number[];
  readonly to: Point;
}

/** How an embedding network wants its faces, and how its embeddings are compared. */
export interface EmbeddingModel {
  /** Name and version, e.g. `dlib-resnet@1`. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly anchors: readonly Anchor[];
  readonly input: {
    readonly name: string;
    readonly layout: 'NHWC' | 'NCHW';
    readonly type: 'uint8' | 'float32';
    readonly colour: 'RGB' | 'BGR';
    /** value = (v * scale - mean) / std, for each channel in the order of `colour`; for float32. */
    readonly scale: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    /** Images that the network takes at once; undefined: without limit. */
    readonly batch?: number;
  };
  readonly output: string;
  /** `euclidean`: score = 1 - distance; `cosine`: score = cosine. Higher is more alike in both. */
  readonly compare: 'euclidean' | 'cosine';
  /** Frames of one person, seconds apart, score at least this; below it they show two people. */
  readonly samePerson: number;
  readonly calibration: Calibration | undefined;
}

/** False-match and false-non-match rates at thresholds, for each group of people measured. */
export interface Calibration {
  /** What was compared with what, on which data. */
  readonly protocol: string;
  readonly groups: readonly CalibrationGroup[];
}

export interface CalibrationGroup {
  readonly group: string;
  readonly genuine?: number;
  readonly impostor?: number;
  /** By falling `fmr`. `extrapolated`: not seen in data, drawn on from the points before. */
  readonly points: readonly CalibrationPoint[];
}

export interface CalibrationPoint {
  readonly fmr: number;
  /** A score at or above it is a match. */
  readonly threshold: number;
  readonly fnmr?: number;
  readonly extrapolated?: boolean;
}
