import type { Challenge, FaceQuality, LivenessResult } from '../../domain/face.js';
import type { FaceSighting } from '../find/find-face.js';
import type { Picture } from '../pixels/picture.js';
import type { FaceSessionOptions } from '../port.js';
import { ChallengeWatch } from './challenge.js';
import { irisDarkness } from './eyes.js';
import { findSuspicions } from './plausibility.js';
import { judgeReflection } from './reflection.js';
import { shineOf } from './shine.js';
import { isMotionless } from './stillness.js';
import { type Trace, traceOf, wipeTrace } from './trace.js';

export interface LiveSight {
  readonly picture: Picture;
  readonly sighting: FaceSighting;
  readonly quality: FaceQuality | undefined;
  readonly takenAtMs: number;
}

/** Frames that are remembered, the oldest are dropped: ten seconds or more of most cameras. */
const MOST_TRACES = 120;
/** A longer pause between two frames counts as so much: what went on in it was not seen. */
const MOST_PAUSE_MS = 500;
/** Fewer frames with a face say nothing about life. */
const LEAST_TRACES = 3;

/** Presentation attack detection over the frames of one person: challenges, and plausibility over time. */
export class Liveness {
  readonly #mode: FaceSessionOptions['liveness'];
  readonly #watch: ChallengeWatch;
  readonly #traces: Trace[] = [];
  readonly #noted = new Set<string>();
  readonly #light: FaceSessionOptions['light'];
  #watchedMs = 0;
  #scores:
    | { readonly model: string; readonly threshold: number; readonly all: readonly number[] }
    | undefined;

  constructor({
    liveness,
    challenges,
    light,
  }: Pick<FaceSessionOptions, 'liveness' | 'challenges' | 'light'>) {
    this.#mode = liveness;
    this.#light = light;
    this.#watch = new ChallengeWatch(liveness === 'active' ? challenges : []);
  }

  /** Milliseconds of video that the judgement rests on. */
  get watchedMs(): number {
    return this.#watchedMs;
  }

  get asked(): Challenge | undefined {
    return this.#watch.asked;
  }

  get passed(): number {
    return this.#watch.passed;
  }

  /** A challenge was answered by something else than was asked: this attempt cannot pass any more. */
  get wrong(): boolean {
    return this.#watch.wrong;
  }

  /** Takes note of one frame. `shut`: the eyes are closed in it. */
  see({ picture, sighting, quality, takenAtMs }: LiveSight): { readonly shut: boolean } {
    const { box, landmarks, faces } = sighting;
    if (this.#mode === 'off' || box === undefined || landmarks === undefined || quality === undefined) {
      return { shut: false };
    }
    if (faces > 1) return { shut: false };
    const { yaw, pitch } = quality;
    const pause = takenAtMs - (this.#traces.at(-1)?.atMs ?? takenAtMs);
    this.#watchedMs += Math.min(MOST_PAUSE_MS, Math.max(0, pause));
    this.#traces.push(traceOf(picture, { box, landmarks: [...landmarks], yaw, pitch, atMs: takenAtMs }));
    if (this.#traces.length > MOST_TRACES) this.#drop();
    return this.#watch.see({ atMs: takenAtMs, yaw, eyes: irisDarkness(picture, landmarks) });
  }

  /** What the attack network says of one frame. */
  score(score: number, { model, threshold }: { readonly model: string; readonly threshold: number }): void {
    this.#scores = { model, threshold, all: [...(this.#scores?.all ?? []), score] };
  }

  /** Something that another part saw, e.g. that two frames show different people. */
  suspect(what: string): void {
    this.#noted.add(what);
  }

  judge(): LivenessResult {
    if (this.#mode === 'off') return { passive: null, challenges: [], suspicions: [], live: true };
    const reflection = this.#reflection();
    const byLight = reflection === 'other-pattern' ? ['other-flash'] : [];
    const suspicions = [...new Set([...findSuspicions(this.#traces), ...byLight, ...this.#noted])];
    const challenges = this.#watch.results();
    const enough = this.#traces.length >= LEAST_TRACES && !isMotionless(this.#traces);
    const shown = challenges.every(({ passed }) => passed) && enough;
    const passive = this.#passive();
    const bonaFide = passive === null || passive.score >= passive.threshold;
    const live = shown && bonaFide && suspicions.length === 0;
    return { passive, challenges, suspicions, ...(reflection === undefined ? {} : { reflection }), live };
  }

  /** Undefined where no light was switched. */
  #reflection(): LivenessResult['reflection'] {
    if (this.#light === undefined) return undefined;
    const shines = this.#traces.flatMap((trace) => shineOf(trace) ?? []);
    return judgeReflection(shines, this.#light).verdict;
  }

  /** Mean over the frames. */
  #passive(): LivenessResult['passive'] {
    if (this.#scores === undefined) return null;
    const { model, threshold, all } = this.#scores;
    return { score: all.reduce((sum, score) => sum + score, 0) / all.length, threshold, model };
  }

  wipe(): void {
    while (this.#traces.length > 0) this.#drop();
  }

  #drop(): void {
    const oldest = this.#traces.shift();
    if (oldest !== undefined) wipeTrace(oldest);
  }
}
