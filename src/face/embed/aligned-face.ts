import type { Networks } from '../networks.js';
import { embedFaces } from './embed.js';

/** A face cut out as the model wants it, and its embedding once it was asked for. */
export interface AlignedFace {
  readonly chip: Uint8Array;
  embedding?: Float32Array;
}

/** Makes the embeddings that are not there yet, all together: the network is quicker with several faces at once. */
export async function embedFresh(
  { embedding: network, model }: Pick<Networks, 'embedding' | 'model'>,
  faces: readonly AlignedFace[],
): Promise<void> {
  const fresh = faces.filter(({ embedding }) => embedding === undefined);
  const chips = fresh.map(({ chip }) => chip);
  const made = await embedFaces(network, model, chips);
  for (const [i, each] of fresh.entries()) {
    const embedding = made[i];
    if (embedding !== undefined) each.embedding = embedding;
  }
}

/** Overwrites it. */
export function wipeFace({ chip, embedding }: AlignedFace): void {
  chip.fill(0);
  embedding?.fill(0);
}
