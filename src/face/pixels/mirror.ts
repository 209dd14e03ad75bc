/**
 * Turns left and right of an interleaved RGB image of `width` pixels a row about, into `out` from `offset` on. Four pixels
 * at a time: as three words instead of twelve bytes.
 */
export function mirror(rgb: Uint8Array, width: number, out: Uint8Array, offset: number): void {
  const from = new DataView(rgb.buffer, rgb.byteOffset, rgb.length);
  const to = new DataView(out.buffer, out.byteOffset, out.length);
  const row = width * 3;
  for (let start = 0; start < rgb.length; start += row) {
    const end = start + row;
    let p = start;
    let q = offset + end;
    for (; p + 12 <= end; p += 12) {
      const a = from.getInt32(p, true);
      const b = from.getInt32(p + 4, true);
      const c = from.getInt32(p + 8, true);
      q -= 12;
      to.setInt32(q, (c >>> 8) | ((b << 8) & 0xff000000), true);
      to.setInt32(q + 4, (b >>> 24) | ((c & 0xff) << 8) | ((a >>> 8) & 0xff0000) | (b << 24), true);
      to.setInt32(q + 8, ((b >>> 8) & 0xff) | (a << 8), true);
    }
    for (; p < end; p += 3) {
      q -= 3;
      out[q] = rgb[p] as number;
      out[q + 1] = rgb[p + 1] as number;
      out[q + 2] = rgb[p + 2] as number;
    }
  }
}
