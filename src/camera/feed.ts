import type { VideoFrame } from '../domain/image.js';

/** One opening of the camera. */
export interface Feed {
  /**
   * The newest frame that was not handed out yet; waits for it where there is none.
   *
   * @throws CAMERA_START_FAILED before the first frame, CAMERA_GONE and CAMERA_TIMEOUT after it, AbortError
   */
  next(signal: AbortSignal): Promise<FeedFrame>;
  /** Pictures so far that were not whole. */
  readonly broken: number;
  /** Resolves when nothing is left open. Idempotent. */
  close(): Promise<void>;
}

export interface FeedFrame extends VideoFrame {
  readonly width: number;
  readonly height: number;
}
