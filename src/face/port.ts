import type { Check } from '../domain/check.js';
import type { Challenge, Comparison, FaceExamination, LivenessResult } from '../domain/face.js';
import type { RgbImage, VideoFrame } from '../domain/image.js';

/** A picture as it comes: compressed (JPEG, PNG, WebP, BMP by their own headers), or pixels. */
export type ImageInput = { readonly encoded: Uint8Array } | RgbImage;

/**
 * Compares one person's live frames with one reference picture: scores, never decisions.
 *
 * Works in a thread of its own; never blocks the caller's event loop. Face data (pixels, landmarks beyond the five
 * told, embeddings) never leave that thread and are wiped by `end`.
 */
export interface FaceComparer {
  /** Begins with one person. Only one at a time: rejects with `FACE_BUSY` otherwise. */
  begin(options: FaceSessionOptions): Promise<FaceSession>;
  /** Loads the networks and runs them once; never throws. */
  check(): Promise<Check>;
  /**
   * Loads the pack in a directory beside what is in force, runs it on made-up faces and says how it did.
   * Rejects with `FACE_PACK_INVALID`, `FACE_MODEL_CHECKSUM`, `FACE_MODEL_MISSING`.
   */
  tryPack?(directory: string): Promise<PackTrial>;
  /** Embedding model in force, e.g. `dlib-resnet@1`. */
  readonly model: string;
  close(): Promise<void>;
}

/** How a pack did in its trial. */
export interface PackTrial {
  /** Name and version, e.g. `mobilefacenet@b7120c09`. */
  readonly model: string;
  /** One face through all its networks, median. */
  readonly milliseconds: number;
  /** By how much the process grew, MB. */
  readonly memoryMb: number;
}

/** One switching of the light beside the camera. */
export interface LightChange {
  /** By the clock of `VideoFrame.takenAtMs`. */
  readonly atMs: number;
  readonly lit: boolean;
}

export interface FaceSessionOptions {
  /** Target false-match rate of the policy, e.g. 0.001; chooses the threshold. */
  readonly targetFmr: number;
  readonly liveness: 'off' | 'passive' | 'active';
  /** Challenges in the order in which they are to be shown (active). */
  readonly challenges: readonly Challenge[];
  /** Frames that are fused into one comparison, 1 to 16; 4 where nothing is said. */
  readonly frames?: number;
  /**
   * Where a light beside the camera is switched in a random pattern while the person is looked at: that pattern, drawn
   * before and known to nobody else: best in slots of 200 to 300 ms, each lit or dark by chance, for four seconds or more.
   * Brightness of the face that follows other steps is a suspicion (`other-flash`);
   * a light that is not seen on the face says nothing.
   */
  readonly light?: readonly LightChange[];
  /**
   * `photograph`: probes are any pictures (JPEG, PNG, WebP, BMP), not frames of a camera. They need show only exactly
   * one face; no guidance beyond that, no liveness.
   */
  readonly probeFrom?: 'camera' | 'photograph';
}

/**
 * One person before the camera. Calls come one after the other; `end` may come at any time and is idempotent.
 * After `end` every call rejects with an `AbortError`.
 */
export interface FaceSession {
  /**
   * Takes the card's photo. `guidance` is empty when exactly one usable face was found.
   * Rejects with `FACE_IMAGE_UNUSABLE` when the picture cannot be decoded.
   */
  reference(photo: ImageInput, hint?: 'card' | 'any'): Promise<FaceExamination>;
  /** Looks at one live frame, keeps it for comparison if it is among the best. */
  probe(frame: VideoFrame): Promise<ProbeExamination>;
  /** Compares the best frames so far, fused, with the reference; undefined before both are there. */
  compare(): Promise<Comparison | undefined>;
  liveness(): Promise<LivenessResult>;
  /** Wipes every picture and embedding of this person. */
  end(): Promise<void>;
}

export interface ProbeExamination extends FaceExamination {
  /** Pixels of the whole frame, to which `box` and `landmarks` refer. */
  readonly imageWidth: number;
  readonly imageHeight: number;
  /** Frames kept so far that are good enough to compare. */
  readonly usable: number;
  /**
   * Milliseconds of video in which one face was seen and its motion noted: how much the presentation attack detection
   * has to go by. 0 where there is none.
   */
  readonly watchedMs: number;
  /** Active liveness: what the person is to do now; absent when all were shown or none is asked. */
  readonly challenge?: Challenge;
  readonly challengesPassed: number;
  /** Something else than asked was done: this attempt cannot pass any more, a new one may. */
  readonly challengeFailed?: boolean;
}
