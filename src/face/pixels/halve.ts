import { kernelMemory, kernels, SLACK } from './kernels.js';

/** So much of a picture is halved at a time: it fits into the processor's cache, and large photographs need no more. */
const BAND_BYTES = 131_072;

/** The mean of every 2 x 2 pixels, into `out` of `w` x `h`. The usual case of making smaller, with SIMD. */
export function halve(rgb: Uint8Array, width: number, out: Uint8Array, w: number, h: number): void {
  const stride = width * 3;
  const most = Math.max(1, Math.floor(BAND_BYTES / (stride * 2)));
  const result = most * stride * 2 + SLACK;
  const end = result + most * w * 3 + SLACK;
  const memory = kernelMemory(end);
  for (let y = 0; y < h; y += most) {
    const rows = Math.min(most, h - y);
    memory.set(rgb.subarray(y * 2 * stride, (y + rows) * 2 * stride), 0);
    kernels.halve(0, stride, result, w, rows);
    out.set(memory.subarray(result, result + rows * w * 3), y * w * 3);
  }
  memory.fill(0, 0, end);
}
