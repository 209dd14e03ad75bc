import nodeWebcam from 'node-webcam';
import type { CountersignError, FaultDetails } from '../domain/errors.js';
import { abortError, type CameraClock, endsWithin, untilAborted } from './abort.js';
import { CaptureProcess } from './capture-process.js';
import { type CameraDeps, createCamera } from './create-camera.js';
import { cameraFault } from './errors.js';
import type { Feed, FeedFrame } from './feed.js';
import { type JpegPicture, MjpegSplitter } from './mjpeg.js';
import type { Camera } from './port.js';

export interface WebcamCameraOptions {
  /** A file below /dev. */
  readonly device: string;
  readonly width: number;
  readonly height: number;
  /** For one shot; 8 s unless given. */
  readonly shotTimeoutMs?: number;
}

/** What the kernel and udev name devices with (by-id, by-path); nothing of it means anything to a shell or to fswebcam. */
const DEVICE = /^\/dev\/[A-Za-z0-9_][A-Za-z0-9_.:@+=/-]*$/;
/** A webcam sets its exposure anew after each opening: the first frames are too dark or too bright. */
const SKIP_FRAMES = 5;
const QUALITY_PERCENT = 90;
/** Opening a USB camera and waiting for those frames takes up to two seconds in a dark shop. */
const SHOT_TIMEOUT_MS = 8000;
const MOST_FRAME_BYTES = 4_000_000;
/** Shots in a row that may be broken: it is a cable or a hub then, and not a chance. */
const MOST_BROKEN = 3;
const AFTER_BROKEN_MS = 200;

/** A USB webcam, one shot at a time, each a run of fswebcam. Throws CAMERA_DEVICE_INVALID. */
export function createWebcamCamera(options: WebcamCameraOptions, deps: CameraDeps): Camera {
  const { device, width, height, shotTimeoutMs = SHOT_TIMEOUT_MS } = options;
  if (!DEVICE.test(device) || device.split('/').includes('..')) throw cameraFault('DEVICE_INVALID');
  const command = commandLine(device, width, height);
  return createCamera('webcam', () => new WebcamFeed(command, shotTimeoutMs, deps.clock), deps);
}

/**
 * node-webcam knows fswebcam's options. Its own `capture` is not used: it goes through a shell, cannot be ended, reads
 * pictures as text, and would lay them on the disk. None of the words has a blank in it, so that they are told apart.
 */
function commandLine(device: string, width: number, height: number): string[] {
  const webcam = new nodeWebcam.FSWebcam({
    device,
    width,
    height,
    quality: QUALITY_PERCENT,
    output: 'jpeg',
    skip: SKIP_FRAMES,
    verbose: false,
  });
  return webcam.generateSh('-').trim().split(/\s+/);
}

/** Every frame is taken when it is asked for: it cannot be old. */
class WebcamFeed implements Feed {
  readonly #command: readonly string[];
  readonly #shotTimeoutMs: number;
  readonly #clock: CameraClock;
  #shot: CaptureProcess | undefined;
  #frames = 0;
  broken = 0;

  constructor(command: readonly string[], shotTimeoutMs: number, clock: CameraClock) {
    this.#command = command;
    this.#shotTimeoutMs = shotTimeoutMs;
    this.#clock = clock;
  }

  async next(signal: AbortSignal): Promise<FeedFrame> {
    for (let broken = 0; broken < MOST_BROKEN; broken++) {
      if (broken > 0) await this.#clock.sleep(AFTER_BROKEN_MS, signal).catch(() => {});
      const frame = await this.#shoot(signal);
      if (frame !== undefined) return frame;
      this.broken++;
    }
    throw this.#fault('TIMEOUT', { problem: 'broken pictures' });
  }

  async close(): Promise<void> {
    await this.#shot?.stop();
  }

  /** One run of fswebcam; undefined where what it wrote is no whole picture. */
  async #shoot(signal: AbortSignal): Promise<FeedFrame | undefined> {
    if (signal.aborted) throw abortError();
    const splitter = new MjpegSplitter(MOST_FRAME_BYTES);
    let bytes = 0;
    let frame: FeedFrame | undefined;
    const take = (picture: JpegPicture): void => {
      frame?.jpeg.fill(0);
      frame = { ...picture, index: this.#frames, takenAtMs: this.#clock.elapsed() };
    };
    const shot = new CaptureProcess(
      this.#command,
      (chunk) => {
        bytes += chunk.length;
        splitter.push(chunk).forEach(take);
      },
      this.#clock,
    );
    this.#shot = shot;
    const inTime = await endsWithin(untilAborted(shot.ended, signal), this.#shotTimeoutMs, this.#clock);
    const last = splitter.finish();
    if (last !== undefined) take(last);
    splitter.wipe();
    if (inTime && !signal.aborted && frame !== undefined) {
      this.#frames++;
      return frame;
    }
    frame?.jpeg.fill(0);
    if (signal.aborted) throw abortError();
    if (!inTime) throw this.#fault('TIMEOUT', { problem: 'too slow', ms: this.#shotTimeoutMs });
    if (bytes > 0) return undefined;
    const { how, clean, cause } = await shot.ended;
    // fswebcam ends well even where it found no camera.
    throw this.#fault('GONE', { problem: clean ? 'no picture' : how, complaint: shot.complaint }, cause);
  }

  #fault(key: 'GONE' | 'TIMEOUT', details: FaultDetails, cause?: Error): CountersignError {
    return cameraFault(this.#frames === 0 ? 'START_FAILED' : key, { cause, details });
  }
}
