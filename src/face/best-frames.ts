import type { FaceQuality } from '../domain/face.js';
import { type AlignedFace, wipeFace } from './embed/aligned-face.js';
import { compareEmbeddings, fuse } from './embed/embed.js';
import type { EmbeddingModel } from './embed/model.js';

interface Kept extends AlignedFace {
  readonly quality: number;
  readonly atMs: number;
}

/** What several frames say together. The caller wipes `embedding`. */
export interface Fused {
  readonly embedding: Float32Array;
  readonly frames: number;
  /** Lowest score of any two frames: low when not all are of one person. */
  readonly unity: number;
}

/** A visit may ask for so many frames (policy.frames); more are not kept. */
const MOST_KEPT = 16;
/** Of so much time the best frame is kept: the next moment shows the same again, and life shows only over time. */
const SLOT_MS = 350;
/** Faces kept from all over the session, good or not: whoever answers the challenges must be whoever is compared. */
const MOST_WITNESSES = 4;

/** The best frames of one person, as aligned faces; embeddings are made when they are asked for. */
export class BestFrames {
  readonly #kept: Kept[] = [];
  readonly #witnesses: Kept[] = [];
  #witnessEveryMs = 400;

  get count(): number {
    return this.#kept.length;
  }

  /** Takes the chip over. */
  add(chip: Uint8Array, { overall }: FaceQuality, atMs: number): void {
    const frame = { chip, quality: overall, atMs };
    const near = this.#kept.findIndex((kept) => slotOf(kept) === slotOf(frame));
    if (near >= 0) {
      const worse = (this.#kept[near]?.quality ?? 0) < overall ? near : -1;
      wipeFace(worse < 0 ? frame : (this.#kept.splice(worse, 1, frame)[0] as Kept));
    } else {
      this.#kept.push(frame);
    }
    this.#kept.sort((a, b) => b.quality - a.quality);
    for (const dropped of this.#kept.splice(MOST_KEPT)) wipeFace(dropped);
  }

  /** Whether another witness is wanted now. */
  wantsWitness(atMs: number): boolean {
    const last = this.#witnesses.at(-1);
    return last === undefined || atMs - last.atMs >= this.#witnessEveryMs;
  }

  /** Takes the chip over. When there are too many, every other goes and later ones come half as often. */
  addWitness(chip: Uint8Array, atMs: number): void {
    this.#witnesses.push({ chip, quality: 0, atMs });
    if (this.#witnesses.length <= MOST_WITNESSES) return;
    const thinned = this.#witnesses.filter((_, i) => i % 2 === 0);
    for (const [i, each] of this.#witnesses.entries()) if (i % 2 === 1) wipeFace(each);
    this.#witnesses.splice(0, this.#witnesses.length, ...thinned);
    this.#witnessEveryMs *= 2;
  }

  bestQuality(): number {
    return this.#kept[0]?.quality ?? 0;
  }

  /** The faces of which `fuse` needs the embeddings. */
  facesFor(most: number): AlignedFace[] {
    return [...this.#kept.slice(0, most), ...this.#witnesses];
  }

  /** Of the `most` best frames; all that `facesFor` gave have been embedded. */
  fuse(model: EmbeddingModel, most: number): Fused {
    const frames = embeddingsOf(this.#kept.slice(0, most));
    const all = [...frames, ...embeddingsOf(this.#witnesses)];
    return { embedding: fuse(frames), frames: frames.length, unity: leastScore(model, all) };
  }

  wipe(): void {
    for (const each of this.#kept.splice(0)) wipeFace(each);
    for (const each of this.#witnesses.splice(0)) wipeFace(each);
  }
}

const slotOf = ({ atMs }: Pick<Kept, 'atMs'>): number => Math.floor(atMs / SLOT_MS);

function leastScore(model: EmbeddingModel, embeddings: readonly Float32Array[]): number {
  let least = 1;
  for (const [i, a] of embeddings.entries()) {
    for (const b of embeddings.slice(i + 1)) least = Math.min(least, compareEmbeddings(model, a, b));
  }
  return least;
}

function embeddingsOf(frames: readonly Kept[]): Float32Array[] {
  return frames.flatMap(({ embedding }) => (embedding === undefined ? [] : [embedding]));
}
