/** Seeded random numbers (mulberry32), so that a run that fails can be run again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** How many cases to try: few with every change, 1,000,000 by hand (FUZZ_COUNT). */
export const FUZZ_COUNT = Number(process.env['FUZZ_COUNT'] ?? 20_000);
export const FUZZ_SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);

/** One to four of the usual accidents: changed, lost, doubled, inserted and cut bytes. */
export function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let result = Buffer.from(bytes);
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(result.length + 1);
    switch (random(6)) {
      case 0:
        if (at < result.length) result[at] = (result[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + random(8))]);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - random(16)))]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), junk(random), result.subarray(at)]);
        break;
      case 4:
        result = result.subarray(0, at);
        break;
      default:
        if (result.length > 6)
          result.writeUInt16BE(random(0x10000), Math.min(5 + random(2), result.length - 2));
    }
  }
  return Uint8Array.from(result);
}

/** Bytes that look like the beginnings of frames more often than chance has it. */
function junk(random: (below: number) => number): Buffer {
  const favourites = [0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x04, 0x90, 0xff];
  return Buffer.from(
    Array.from({ length: random(24) }, () => (random(3) === 0 ? random(256) : (favourites[random(9)] ?? 0))),
  );
}
