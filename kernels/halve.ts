/**
 * The mean of every 2 x 2 pixels of interleaved RGB, four means at a time. AssemblyScript, as resample.ts is; called by
 * src/face/pixels/halve.ts. Reads up to 28 bytes behind the source and overwrites up to 13 behind the result.
 *
 * @param stride bytes of a row of the source
 * @param columns pixels of a row of the result
 */
export function halve(source: usize, stride: i32, out: usize, columns: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    const end = out + columns * 3;
    for (let to = out, from = source; to < end; to += 12, from += 24) {
      const means = i8x16.narrow_i16x8_u(twoMeans(from, stride), twoMeans(from + 12, stride));
      // Six bytes of each half.
      v128.store(to, i8x16.swizzle(means, i8x16(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1)));
    }
    out = end;
    source += stride * 2;
  }
}

/** Of four pixels at `from` and the four below: each colour's bytes come side by side and are added as pairs. */
function twoMeans(from: usize, stride: i32): v128 {
  const pairs = i8x16(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1);
  const above = i16x8.extadd_pairwise_i8x16_u(i8x16.swizzle(v128.load(from), pairs));
  const below = i16x8.extadd_pairwise_i8x16_u(i8x16.swizzle(v128.load(from + stride), pairs));
  return i16x8.shr_u(i16x8.add(i16x8.add(above, below), i16x8.splat(2)), 2);
}
