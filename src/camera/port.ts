import type { Check } from '../domain/check.js';
import type { VideoFrame } from '../domain/image.js';

/**
 * A camera that is open only while somebody iterates.
 *
 * - `frames` opens the camera, yields the newest frame (a slow caller skips frames, it never lags), and closes the
 *   camera when the loop is left or the signal aborted (then the iteration ends with an `AbortError`).
 * - One iteration at a time: a second one throws `CAMERA_BUSY`.
 * - `CAMERA_START_FAILED`: no first frame; `CAMERA_GONE`: the far side ended; `CAMERA_TIMEOUT`: no frame for a while.
 *   The next call opens it again.
 * - Every frame is a whole JPEG within the size bounds; broken ones are counted and dropped.
 * - `check` takes one frame without keeping it, or reports on the iteration in progress; it never throws.
 */
export interface Camera {
  frames(signal: AbortSignal): AsyncIterable<VideoFrame>;
  check(): Promise<Check>;
  close(): Promise<void>;
}
