import type { Challenge, FaceQuality, LivenessResult } from '../../domain/face.js';
import type { FaceSighting } from '../find/find-face.js';
import type { Picture } from '../pixels/picture.js';
import type { FaceSessionOptions } from '../port.js';

export interface LiveSight {
  readonly picture: Picture;
  readonly sighting: FaceSighting;
  readonly quality: FaceQuality | undefined;
  readonly takenAtMs: number;
}

/** Presentation attack detection over the frames of one person. */
export class Liveness {
  readonly #options: Pick<FaceSessionOptions, 'liveness' | 'challenges'>;
  #seen = 0;

  constructor(options: Pick<FaceSessionOptions, 'liveness' | 'challenges'>) {
    this.#options = options;
  }

  get asked(): Challenge | undefined {
    return undefined;
  }

  get passed(): number {
    return 0;
  }

  see(_sight: LiveSight): void {
    this.#seen++;
  }

  judge(): LivenessResult {
    return {
      passive: null,
      challenges: [],
      suspicions: [],
      live: this.#options.liveness === 'off' || this.#seen > 0,
    };
  }

  wipe(): void {
    this.#seen = 0;
  }
}
