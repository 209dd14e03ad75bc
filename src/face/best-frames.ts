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
    return { embedding, frames: frames.length, unity: leastScore(networks, all) };
  }

  wipe(): void {
    for (const each of this.#kept.splice(0)) wipe(each);
    for (const each of this.#witnesses.splice(0)) wipe(each);
  }
}

const slotOf = ({ atMs }: Pick<Kept, 'atMs'>): number => Math.floor(atMs / SLOT_MS);

async function embedFresh(networks: Networks, frames: readonly Kept[]): Promise<void> {
  const fresh = frames.filter(({ embedding }) => embedding === undefined);
  const chips = fresh.map(({ chip }) => chip);
  const made = await embedFaces(networks.embedding, networks.model, chips);
  for (const [i, each] of fresh.entries()) {
    const embedding = made[i];
    if (embedding !== undefined) each.embedding = embedding;
  }
}

function leastScore({ model }: Networks, embeddings: readonly Float32Array[]): number {
  let least = 1;
  for (const [i, a] of embeddings.entries()) {
    for (const b of embeddings.slice(i + 1)) least = Math.min(least, compareEmbeddings(model, a, b));
  }
  return least;
}

function embeddingsOf(frames: readonly Kept[]): Float32Array[] {
  return frames.flatMap(({ embedding }) => (embedding === undefined ? [] : [embedding]));
}

function wipe({ chip, embedding }: Kept): void {
  chip.fill(0);
  embedding?.fill(0);
}
