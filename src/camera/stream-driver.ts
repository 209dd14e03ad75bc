import { abortError, type CameraClock } from './abort.js';
import { type CaptureEnd, CaptureProcess } from './capture-process.js';
import { type CameraDeps, createCamera } from './create-camera.js';
import { cameraFault } from './errors.js';
import type { Feed, FeedFrame } from './feed.js';
import { MjpegSplitter } from './mjpeg.js';
import type { Camera } from './port.js';

export interface StreamCameraOptions {
  /** Program and arguments, no shell; writes JPEGs to its stdout until it is ended. */
  readonly command: readonly string[];
  /** For the first frame. */
  readonly startTimeoutMs: number;
  /** For every other frame. */
  readonly frameTimeoutMs: number;
  readonly maxFrameBytes: number;
}

/** A camera behind a program that streams: `rpicam-vid`, `ffmpeg`, or the simulated one. Nothing is encoded anew. */
export function createStreamCamera(options: StreamCameraOptions, deps: CameraDeps): Camera {
  return createCamera('stream', () => new StreamFeed(options, deps.clock), deps);
}

class StreamFeed implements Feed {
  readonly #options: StreamCameraOptions;
  readonly #clock: CameraClock;
  readonly #splitter: MjpegSplitter;
  readonly #process: CaptureProcess;
  readonly #openedAtMs: number;
  #latest: FeedFrame | undefined;
  #frames = 0;
  #end: CaptureEnd | undefined;
  #wake = () => {};

  constructor(options: StreamCameraOptions, clock: CameraClock) {
    this.#options = options;
    this.#clock = clock;
    this.#openedAtMs = clock.elapsed();
    this.#splitter = new MjpegSplitter(options.maxFrameBytes);
    this.#process = new CaptureProcess(options.command, (chunk) => this.#take(chunk), clock);
    void this.#process.ended.then((end) => {
      this.#end = end;
      this.#wake();
    });
  }

  get broken(): number {
    return this.#splitter.broken;
  }

  async next(signal: AbortSignal): Promise<FeedFrame> {
    const { startTimeoutMs, frameTimeoutMs } = this.#options;
    const now = this.#clock.elapsed();
    const deadlineMs = this.#frames === 0 ? this.#openedAtMs + startTimeoutMs : now + frameTimeoutMs;
    await this.#arrival(deadlineMs - now, signal);
    if (signal.aborted) throw abortError();
    const frame = this.#latest;
    this.#latest = undefined;
    if (frame !== undefined) return frame;
    throw this.#fault();
  }

  async close(): Promise<void> {
    await this.#process.stop();
    this.#splitter.wipe();
    this.#latest?.jpeg.fill(0);
    this.#latest = undefined;
  }

  /** Resolves when there is a frame, the program has ended, the time is over, or the signal is aborted. */
  async #arrival(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#latest !== undefined || this.#end !== undefined || signal.aborted) return;
    const stop = new AbortController();
    const wake = (): void => stop.abort();
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    await this.#clock.sleep(Math.max(0, ms), stop.signal).catch(() => {});
    signal.removeEventListener('abort', wake);
    this.#wake = () => {};
  }

  #take(chunk: Buffer): void {
    for (const { jpeg, width, height } of this.#splitter.push(chunk)) {
      // Whoever is slow gets the newest; nobody will wipe the one that is passed over but we.
      this.#latest?.jpeg.fill(0);
      this.#latest = { jpeg, width, height, index: this.#frames++, takenAtMs: this.#clock.elapsed() };
    }
    if (this.#latest !== undefined) this.#wake();
  }

  #fault(): Error {
    const { broken } = this;
    const end = this.#end;
    const { complaint } = this.#process;
    const said = { ...(broken > 0 ? { broken } : {}), ...(complaint === '' ? {} : { complaint }) };
    if (end !== undefined) {
      return cameraFault(this.#frames === 0 ? 'START_FAILED' : 'GONE', {
        cause: end.cause,
        details: { problem: end.how, ...said },
      });
    }
    return this.#frames === 0
      ? cameraFault('START_FAILED', {
          details: { problem: 'no picture', ms: this.#options.startTimeoutMs, ...said },
        })
      : cameraFault('TIMEOUT', { details: { ms: this.#options.frameTimeoutMs, ...said } });
  }
}
