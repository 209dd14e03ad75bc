/**
 * Bilinear resampling of interleaved RGB, four pixels at a time. AssemblyScript: compiled to WebAssembly with SIMD by
 * `npm run build`, called by src/face/pixels/resample.ts, which says what the arguments are.
 *
 * Places are counted in 1/65536 pixels, weights in 1/2048. Nothing is read outside the source but what lies up to one
 * row and five bytes behind it (with weight 0); up to 13 bytes behind the result are overwritten.
 *
 * @param x place of the first pixel of the result in the source
 * @param a step in x to the next pixel of a row, and in y to the next row
 * @param b step in y to the next pixel of a row, and backwards in x to the next row
 * @param grey what is beyond the source, 0..255; its edge repeated when negative
 */
export function resample(
  source: usize,
  width: i32,
  height: i32,
  x: i32,
  y: i32,
  a: i32,
  b: i32,
  out: usize,
  columns: i32,
  rows: i32,
  grey: i32,
): void {
  const steps = i32x4(0, 1, 2, 3);
  const acrossX = i32x4.mul(i32x4.splat(a), steps);
  const acrossY = i32x4.mul(i32x4.splat(b), steps);
  const nextX = i32x4.splat(a * 4);
  const nextY = i32x4.splat(b * 4);
  const lastX = i32x4.splat((width - 1) << 16);
  const lastY = i32x4.splat((height - 1) << 16);
  const none = i32x4.splat(0);
  const frame = i8x16.splat(<i8>grey);
  const stride = width * 3;
  // Bytes of a pixel and of a row: what a step in x and one in y is in memory.
  const pitch = i32x4.splat(3 | (stride << 16));
  for (let row = 0; row < rows; row++) {
    let xs = i32x4.add(i32x4.splat(x - b * row), acrossX);
    let ys = i32x4.add(i32x4.splat(y + a * row), acrossY);
    const end = out + columns * 3;
    for (let to = out; to < end; to += 12) {
      const cx = i32x4.max_s(none, i32x4.min_s(xs, lastX));
      const cy = i32x4.max_s(none, i32x4.min_s(ys, lastY));
      const beyond = grey < 0 ? none : v128.or(isFar(xs, cx), isFar(ys, cy));
      // Detectors look at pictures that are mostly frame.
      const four = i32x4.all_true(beyond) ? frame : fourPixels(source, stride, pitch, cx, cy);
      const shown = v128.bitselect(frame, four, beyond);
      // Three bytes of each lane.
      v128.store(to, i8x16.swizzle(shown, i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)));
      xs = i32x4.add(xs, nextX);
      ys = i32x4.add(ys, nextY);
    }
    out = end;
  }
}

/** Lanes of places that lie more than half a pixel beyond where they were brought to. */
function isFar(places: v128, within: v128): v128 {
  return i32x4.gt_s(i32x4.abs(i32x4.sub(places, within)), i32x4.splat(32768));
}

/** The pixels at four places within the source: red, green, blue and a byte of nothing each. */
function fourPixels(source: usize, stride: i32, pitch: v128, x: v128, y: v128): v128 {
  const fractionX = v128.and(i32x4.shr_u(x, 5), i32x4.splat(2047));
  const fractionY = v128.and(i32x4.shr_u(y, 5), i32x4.splat(2047));
  const product = i32x4.add(i32x4.mul(fractionX, fractionY), i32x4.splat(1024));
  const rightLower = i32x4.shr_u(product, 11);
  const leftLower = i32x4.sub(fractionY, rightLower);
  const rightUpper = i32x4.sub(fractionX, rightLower);
  const leftUpper = i32x4.sub(i32x4.sub(i32x4.splat(2048), fractionX), leftLower);
  const upper = v128.or(leftUpper, i32x4.shl(rightUpper, 16));
  const lower = v128.or(leftLower, i32x4.shl(rightLower, 16));
  const whole = v128.or(v128.and(y, i32x4.splat(0xffff0000)), i32x4.shr_u(x, 16));
  const at = i32x4.dot_i16x8_s(whole, pitch);
  const one = onePixel(
    source + i32x4.extract_lane(at, 0),
    stride,
    v128.shuffle<i32>(upper, upper, 0, 0, 0, 0),
    v128.shuffle<i32>(lower, lower, 0, 0, 0, 0),
  );
  const two = onePixel(
    source + i32x4.extract_lane(at, 1),
    stride,
    v128.shuffle<i32>(upper, upper, 1, 1, 1, 1),
    v128.shuffle<i32>(lower, lower, 1, 1, 1, 1),
  );
  const three = onePixel(
    source + i32x4.extract_lane(at, 2),
    stride,
    v128.shuffle<i32>(upper, upper, 2, 2, 2, 2),
    v128.shuffle<i32>(lower, lower, 2, 2, 2, 2),
  );
  const four = onePixel(
    source + i32x4.extract_lane(at, 3),
    stride,
    v128.shuffle<i32>(upper, upper, 3, 3, 3, 3),
    v128.shuffle<i32>(lower, lower, 3, 3, 3, 3),
  );
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(one, two), i16x8.narrow_i32x4_s(three, four));
}

/** One place: of the two pixels at `at` and the two below, each colour's bytes come side by side and are weighed as a pair. */
function onePixel(at: usize, stride: i32, upper: v128, lower: v128): v128 {
  const pairs = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const above = i32x4.dot_i16x8_s(i8x16.swizzle(v128.load64_zero(at), pairs), upper);
  const below = i32x4.dot_i16x8_s(i8x16.swizzle(v128.load64_zero(at + stride), pairs), lower);
  return i32x4.shr_u(i32x4.add(i32x4.add(above, below), i32x4.splat(1024)), 11);
}
