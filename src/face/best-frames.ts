import type { FaceQuality } from '../domain/face.js';
import { compareEmbeddings, embedFaces, fuse } from './embed/embed.js';
import type { Networks } from './networks.js';

interface Kept {
  readonly chip: Uint8Array;
  readonly quality: number;
  readonly atMs: number;
  embedding?: Float32Array;
}

/** What several frames say together. The caller wipes `embedding`. */
export interface Fused {
  readonly embedding: Float32Array;
  readonly frames: number;
  /** Lowest score of any frame against all together: low when not all frames are of one person. */
  readonly unity: number;
}

/** A visit may ask for so many frames (policy.frames); more are not kept. */
const MOST_KEPT = 16;
/** Frames closer together than this show the same thing twice; the better one is kept. */
const LEAST_APART_MS = 150;
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
    const near = this.#kept.findIndex((kept) => Math.abs(kept.atMs - atMs) < LEAST_APART_MS);
    if (near >= 0) {
      const worse = (this.#kept[near]?.quality ?? 0) < overall ? near : -1;
      wipe(worse < 0 ? frame : (this.#kept.splice(worse, 1, frame)[0] as Kept));
    } else {
      this.#kept.push(frame);
    }
    this.#kept.sort((a, b) => b.quality - a.quality);
    for (const dropped of this.#kept.splice(MOST_KEPT)) wipe(dropped);
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
    for (const [i, each] of this.#witnesses.entries()) if (i % 2 === 1) wipe(each);
    this.#witnesses.splice(0, this.#witnesses.length, ...thinned);
    this.#witnessEveryMs *= 2;
  }

  bestQuality(): number {
    return this.#kept[0]?.quality ?? 0;
  }

  async fuse(networks: Networks, most: number): Promise<Fused> {
    const best = this.#kept.slice(0, most);
    await embedFresh(networks, [...best, ...this.#witnesses]);
    const frames = embeddingsOf(best);
    const embedding = fuse(frames);
    const all = [...frames, ...embeddingsOf(this.#witnesses)];
    const unity = Math.min(...all.map((each) => compareEmbeddings(networks.model, each, embedding)));
    return { embedding, frames: frames.length, unity };
  }

  wipe(): void {
    for (const each of this.#kept.splice(0)) wipe(each);
    for (const each of this.#witnesses.splice(0)) wipe(each);
  }
}

async function embedFresh(networks: Networks, frames: readonly Kept[]): Promise<void> {
  const fresh = frames.filter(({ embedding }) => embedding === undefined);
  const chips = fresh.map(({ chip }) => chip);
  const made = await embedFaces(networks.embedding, networks.model, chips);
  for (const [i, each] of fresh.entries()) {
    const embedding = made[i];
    if (embedding !== undefined) each.embedding = embedding;
  }
}

function embeddingsOf(frames: readonly Kept[]): Float32Array[] {
  return frames.flatMap(({ embedding }) => (embedding === undefined ? [] : [embedding]));
}

function wipe({ chip, embedding }: Kept): void {
  chip.fill(0);
  embedding?.fill(0);
}
