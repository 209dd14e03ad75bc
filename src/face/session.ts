import type { Comparison, FaceExamination, LivenessResult } from '../domain/face.js';
import { BestFrames } from './best-frames.js';
import { alignFace } from './embed/align.js';
import { type AlignedFace, embedFresh, wipeFace } from './embed/aligned-face.js';
import { compareEmbeddings } from './embed/embed.js';
import { thresholdAt } from './embed/threshold.js';
import { type FaceSighting, findAny, findLive, findOnCard } from './find/find-face.js';
import { fivePoints } from './find/landmarks.js';
import { guide, guideStill } from './guidance.js';
import { Liveness } from './liveness/liveness.js';
import { abortError, type ReferenceExamination } from './messages.js';
import type { Networks } from './networks.js';
import { ANY, decodePicture, SMALL } from './pixels/decode.js';
import type { Picture } from './pixels/picture.js';
import type { FaceSessionOptions, ImageInput, ProbeExamination } from './port.js';
import { measureQuality } from './quality.js';
import { UncoverWait } from './uncover-wait.js';

const USUAL_FRAMES = 4;

/** One person, inside the thread. Owns every pixel and number of theirs; `end` overwrites them. */
export class PersonSession {
  readonly #networks: Networks;
  readonly #options: FaceSessionOptions;
  readonly #threshold: number;
  readonly #frames = new BestFrames();
  readonly #liveness: Liveness;
  readonly #uncover = new UncoverWait();
  #reference: AlignedFace | undefined;
  /** One picture is decoded at a time: whoever asked first is not kept waiting by the next. */
  #decoding: Promise<unknown> = Promise.resolve();
  #ended: boolean = false;

  /** @throws FACE_MODEL_UNCALIBRATED */
  constructor(networks: Networks, options: FaceSessionOptions) {
    this.#networks = networks;
    this.#options = options;
    this.#threshold = thresholdAt(networks.model, options.targetFmr).threshold;
    this.#liveness = new Liveness(options);
  }

  /**
   * Begins to open a picture; `reference` and `probe` take it over. May run beside the networks, which hold this
   * thread and not the decoder's.
   */
  open(input: ImageInput, use: 'card' | 'any' | 'probe'): Promise<Picture> {
    const probe = this.#options.probeFrom === 'photograph' ? ANY : SMALL;
    const picture = this.#decoding.then(() => decodePicture(input, { card: SMALL, any: ANY, probe }[use]));
    // The thread's own copy of what was sent to it.
    const wipe = (): unknown => ('encoded' in input ? input.encoded : input.rgb).fill(0);
    this.#decoding = picture.then(wipe, wipe);
    return picture;
  }

  async reference(opening: Promise<Picture>, hint: 'card' | 'any'): Promise<ReferenceExamination> {
    return this.#withPicture(opening, async (picture) => {
      const sighting = await (hint === 'card' ? findOnCard : findAny)(this.#networks, picture);
      this.#check();
      const seen = describe(picture, sighting);
      const guidance = guideStill(seen);
      this.#dropReference();
      if (guidance.length === 0 && sighting.landmarks !== undefined) {
        this.#reference = { chip: alignFace(picture, sighting.landmarks, this.#networks.model) };
      }
      return { ...seen, guidance, ...sizeOf(picture) };
    });
  }

  async probe(opening: Promise<Picture>, takenAtMs: number): Promise<ProbeExamination> {
    if (this.#options.probeFrom === 'photograph') return this.#probePhotograph(opening);
    return this.#withPicture(opening, async (picture) => {
      const sighting = await findLive(this.#networks, picture);
      this.#check();
      const seen = describe(picture, sighting);
      const { asked } = this.#liveness;
      const guidance = guide({ ...seen, ...sizeOf(picture) });
      const { shut } = this.#liveness.see({ picture, sighting, quality: seen.quality, takenAtMs });
      if (shut && !guidance.includes('open-your-eyes')) guidance.push('open-your-eyes');
      const good = this.#uncover.lets(guidance, takenAtMs);
      this.#keep(picture, { sighting, seen, takenAtMs, good });
      if (good) await this.#lookForAttack(picture, sighting);
      const { asked: challenge, passed, wrong } = this.#liveness;
      return {
        ...seen,
        // Somebody who is asked to turn or to blink is not told to stop doing so.
        guidance: asked === undefined ? guidance : guidance.filter((each) => !CALLED_FOR.has(each)),
        ...sizeOf(picture),
        usable: this.#frames.count,
        watchedMs: this.#liveness.watchedMs,
        ...(challenge === undefined ? {} : { challenge }),
        challengesPassed: passed,
        ...(wrong ? { challengeFailed: true } : {}),
      };
    });
  }

  #probePhotograph(opening: Promise<Picture>): Promise<ProbeExamination> {
    return this.#withPicture(opening, async (picture) => {
      const sighting = await findAny(this.#networks, picture);
      this.#check();
      const seen = describe(picture, sighting);
      const guidance = guideStill(seen);
      if (guidance.length === 0 && sighting.landmarks !== undefined && seen.quality !== undefined) {
        this.#frames.add(alignFace(picture, sighting.landmarks, this.#networks.model), seen.quality, 0);
      }
      return {
        ...seen,
        guidance,
        ...sizeOf(picture),
        usable: this.#frames.count,
        watchedMs: 0,
        challengesPassed: 0,
      };
    });
  }

  /** Every good frame is scored: single ones are often wrong, all together less. */
  async #lookForAttack(picture: Picture, { box }: FaceSighting): Promise<void> {
    const { attack } = this.#networks;
    if (attack === undefined || box === undefined || this.#options.liveness === 'off') return;
    this.#liveness.score(await attack.score(picture, box), attack);
    this.#check();
  }

  #keep(picture: Picture, { sighting, seen, takenAtMs, good }: Keeping): void {
    const { landmarks, faces } = sighting;
    if (landmarks === undefined || seen.quality === undefined || faces !== 1) return;
    const { model } = this.#networks;
    if (good) this.#frames.add(alignFace(picture, landmarks, model), seen.quality, takenAtMs);
    const clear = Math.abs(seen.quality.yaw) < 15 && seen.quality.interEyeDistance >= 30;
    if (clear && this.#options.liveness !== 'off' && this.#frames.wantsWitness(takenAtMs)) {
      this.#frames.addWitness(alignFace(picture, landmarks, model), takenAtMs);
    }
  }

  async compare(): Promise<Comparison | undefined> {
    const reference = this.#reference;
    if (reference === undefined || this.#frames.count === 0) return undefined;
    const { model } = this.#networks;
    const most = this.#options.frames ?? USUAL_FRAMES;
    await this.#embed([reference, ...this.#frames.facesFor(most)]);
    const probe = this.#frames.fuse(model, most);
    try {
      if (probe.unity < model.samePerson) this.#liveness.suspect('cut');
      return {
        score: compareEmbeddings(model, probe.embedding, reference.embedding as Float32Array),
        threshold: this.#threshold,
        targetFmr: this.#options.targetFmr,
        model: model.name,
        frames: probe.frames,
        quality: this.#frames.bestQuality(),
      };
    } finally {
      probe.embedding.fill(0);
    }
  }

  /** What is made after the person's end is overwritten like all else. */
  async #embed(faces: readonly AlignedFace[]): Promise<void> {
    await embedFresh(this.#networks, faces);
    if (this.#ended) for (const each of faces) wipeFace(each);
    this.#check();
  }

  #dropReference(): void {
    if (this.#reference !== undefined) wipeFace(this.#reference);
    this.#reference = undefined;
  }

  liveness(): LivenessResult {
    return this.#liveness.judge();
  }

  /** Overwrites all that is kept; what is under way overwrites its own when it notices. Idempotent. */
  end(): void {
    this.#ended = true;
    this.#dropReference();
    this.#frames.wipe();
    this.#liveness.wipe();
  }

  /** Passed after every wait: nothing of a person is kept after their end. */
  #check(): void {
    if (this.#ended) throw abortError();
  }

  async #withPicture<Result>(
    opening: Promise<Picture>,
    work: (picture: Picture) => Promise<Result>,
  ): Promise<Result> {
    const picture = await opening;
    try {
      this.#check();
      return await work(picture);
    } finally {
      picture.wipe();
    }
  }
}

interface Keeping {
  readonly sighting: FaceSighting;
  readonly seen: Omit<FaceExamination, 'guidance'>;
  readonly takenAtMs: number;
  readonly good: boolean;
}

const CALLED_FOR: ReadonlySet<string> = new Set([
  'look-straight',
  'open-your-eyes',
  'move-to-the-middle',
  'hold-still',
]);

function sizeOf({ originalWidth, originalHeight }: Picture): { imageWidth: number; imageHeight: number } {
  return { imageWidth: originalWidth, imageHeight: originalHeight };
}

/** What leaves the thread, in pixels of the original. */
function describe(
  picture: Picture,
  { faces, box, landmarks }: FaceSighting,
): Omit<FaceExamination, 'guidance'> {
  if (box === undefined || landmarks === undefined) return { faces };
  const { scale } = picture;
  const quality = measureQuality(picture, landmarks);
  const { x, y, width, height } = box;
  return {
    faces,
    box: { x: x * scale, y: y * scale, width: width * scale, height: height * scale },
    landmarks: fivePoints(landmarks).map((point) => ({ x: point.x * scale, y: point.y * scale })),
    quality: { ...quality, interEyeDistance: quality.interEyeDistance * scale },
  };
}
