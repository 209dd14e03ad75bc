/** Uniform numbers in [0, 1), the same for the same seed on every machine (Mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Says of each in a row whether it is taken, each with the same probability; costs a count where it is not. */
export function sampler(probability: number, seed: number): () => boolean {
  if (probability >= 1) return () => true;
  if (probability <= 0) return () => false;
  const random = seededRandom(seed);
  const scale = 1 / Math.log1p(-probability);
  // How many are left out before the next one: geometric.
  const gap = (): number => Math.floor(Math.log(1 - random()) * scale);
  let left = gap();
  return () => {
    if (left-- > 0) return false;
    left = gap();
    return true;
  };
}

/**
 * How many of each size may be taken so that all together are at most `most`: small ones whole, the rest of the room
 * shared equally among the large ones.
 */
export function shareOut(sizes: readonly number[], most: number): number[] {
  const order = sizes.map((_, index) => index).sort((a, b) => (sizes[a] as number) - (sizes[b] as number));
  const shares = new Array<number>(sizes.length).fill(0);
  let room = most;
  for (const [done, index] of order.entries()) {
    const share = Math.min(sizes[index] as number, Math.floor(room / (sizes.length - done)));
    shares[index] = share;
    room -= share;
  }
  return shares;
}
