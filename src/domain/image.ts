/** A decoded picture: interleaved 8-bit RGB, rows top to bottom, `width * height * 3` bytes. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** One picture of the camera, still compressed. */
export interface VideoFrame {
  /** A whole JPEG, from SOI to EOI. */
  readonly jpeg: Uint8Array;
  /** Counts up from 0 within one opening of the camera. */
  readonly index: number;
  /** Monotonic milliseconds (`Clock.elapsed`) at which the last byte arrived. */
  readonly takenAtMs: number;
}
