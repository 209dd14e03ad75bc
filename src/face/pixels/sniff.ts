/** Formats that are opened; everything else libvips could read (SVG, PDF, TIFF ...) stays shut: less to attack. */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'bmp';

/** What a picture's first bytes say it is. */
export function sniffFormat(bytes: Uint8Array): PictureFormat | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (begins(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (begins(bytes, [0x52, 0x49, 0x46, 0x46]) && begins(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50])) {
    return 'webp';
  }
  return begins(bytes, [0x42, 0x4d]) ? 'bmp' : undefined;
}

function begins(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length > magic.length && magic.every((byte, index) => bytes[index] === byte);
}

/**
 * How many scans a JPEG announces, up to `most`. A progressive file of a few kilobytes can hold thousands, each of
 * which costs the decoder a pass over the whole picture; cameras write at most about ten.
 */
export function countScans(jpeg: Uint8Array, most: number): number {
  let scans = 0;
  for (let i = jpeg.indexOf(0xff); i >= 0 && scans < most; i = jpeg.indexOf(0xff, i + 1)) {
    if (jpeg[i + 1] === 0xda) scans++;
  }
  return scans;
}
