import type { FaceQuality } from '../domain/face.js';
import { embedFaces, fuse } from './embed/embed.js';
import type { Networks } from './networks.js';

interface Kept {
  readonly chip: Uint8Array;
  readonly quality: FaceQuality;
  embedding?: Float32Array;
}

/** A visit may ask for so many frames (policy.frames); more are not kept. */
const MOST_KEPT = 16;

/** The best frames of one person, as aligned faces; embeddings are made when they are asked for. */
export class BestFrames {
  readonly #kept: Kept[] = [];

  get count(): number {
    return this.#kept.length;
  }

  /** Takes the chip over; the worst is wiped when there are too many. */
  add(chip: Uint8Array, quality: FaceQuality): void {
    this.#kept.push({ chip, quality });
    this.#kept.sort((a, b) => b.quality.overall - a.quality.overall);
    for (const dropped of this.#kept.splice(MOST_KEPT)) wipe(dropped);
  }

  bestQuality(): number {
    return this.#kept[0]?.quality.overall ?? 0;
  }

  /** One embedding of the best `most` frames together, with how many they were; the caller wipes it. */
  async embedding(networks: Networks, most: number): Promise<{ embedding: Float32Array; frames: number }> {
    const best = this.#kept.slice(0, most);
    const fresh = best.filter(({ embedding }) => embedding === undefined);
    const made = await embedFaces(
      networks.embedding,
      networks.model,
      fresh.map(({ chip }) => chip),
    );
    for (const [i, each] of fresh.entries()) {
      const embedding = made[i];
      if (embedding !== undefined) each.embedding = embedding;
    }
    const all = best.flatMap(({ embedding }) => (embedding === undefined ? [] : [embedding]));
    return { embedding: fuse(all), frames: all.length };
  }

  wipe(): void {
    for (const each of this.#kept.splice(0)) wipe(each);
  }
}

function wipe({ chip, embedding }: Kept): void {
  chip.fill(0);
  embedding?.fill(0);
}
