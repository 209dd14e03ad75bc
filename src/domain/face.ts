/** Pixels of the examined image; x to the right, y down. */
export interface FaceBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the person is asked to do; the page turns the codes into words. */
export const GUIDANCE = [
  'no-face',
  'one-person-only',
  'come-closer',
  'step-back',
  'move-to-the-middle',
  'look-straight',
  'more-light',
  'less-light',
  'hold-still',
  'open-your-eyes',
  'uncover-your-face',
  'keep-looking',
] as const;

export type Guidance = (typeof GUIDANCE)[number];

/** Measures after ISO/IEC 29794-5, each with unit and range; see src/face/quality.ts for thresholds and sources. */
export interface FaceQuality {
  /** Distance between the eye centres, in pixels. */
  readonly interEyeDistance: number;
  /** Variance of the Laplacian on the aligned 112 px face; larger is sharper. */
  readonly sharpness: number;
  /** Mean luma of the face, 0..255. */
  readonly brightness: number;
  /** Standard deviation of the luma of the face, 0..127. */
  readonly contrast: number;
  /** Degrees, positive when the person turns to their own left; from landmarks, +-90. */
  readonly yaw: number;
  /** Degrees, positive when looking up. */
  readonly pitch: number;
  /** Degrees, positive when the head leans clockwise in the image. */
  readonly roll: number;
  /** Eye aspect ratio, mean of both eyes, about 0.1 closed to 0.35 open. */
  readonly eyesOpen: number;
  /** How much less warm or light the nose is than the skin between the eyes, as a natural logarithm; a mask over 0.24. */
  readonly noseCovered: number;
  /** Dark share of the surroundings of the lighter eye, 0..1; dark glasses or hair over 0.7. */
  readonly eyesCovered: number;
  /** 0..1, one number to choose the best of several frames by. */
  readonly overall: number;
}

/** Active challenges (see src/face/challenge.ts). */
export const CHALLENGES = ['blink', 'turn-left', 'turn-right'] as const;
export type Challenge = (typeof CHALLENGES)[number];

/** What one look at one image gave. No face data proper leaves `face/`. */
export interface FaceExamination {
  readonly faces: number;
  readonly box?: FaceBox;
  /** Five points: left eye, right eye, nose tip, left and right mouth corner (as seen in the image). */
  readonly landmarks?: readonly Point[];
  readonly quality?: FaceQuality;
  /** Empty when the image is good enough to be compared. */
  readonly guidance: readonly Guidance[];
}

/** Outcome of a 1:1 comparison. Higher is more alike; the range belongs to the model. */
export interface Comparison {
  readonly score: number;
  /** Decision threshold: at `targetFmr`, of the strictest group of the model's calibration. */
  readonly threshold: number;
  readonly targetFmr: number;
  /** Name and version of the embedding model, e.g. `dlib-resnet@1`. */
  readonly model: string;
  /** Frames that were fused. */
  readonly frames: number;
  /** Best probe quality (`overall`) among them. */
  readonly quality: number;
}

/** Passive and active presentation attack detection of one person. */
export interface LivenessResult {
  readonly passive: { readonly score: number; readonly threshold: number; readonly model: string } | null;
  readonly challenges: readonly { readonly challenge: Challenge; readonly passed: boolean }[];
  /** e.g. `frozen`, `planar-motion`, `cut`, `looped`, `pasted-face`, `rigid-face`, `other-flash`. */
  readonly suspicions: readonly string[];
  /**
   * Where a light beside the camera was switched: whether the face followed it. `not-seen`: nothing can be said, in
   * sunshine for instance, or of a recording in which no light was switched.
   */
  readonly reflection?: 'reflected' | 'not-seen' | 'other-pattern';
  readonly live: boolean;
}
