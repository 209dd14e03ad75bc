import type { Logger } from 'pino';
import type { Check } from '../domain/check.js';
import { isAbort, isCountersignError } from '../domain/errors.js';
import type { VideoFrame } from '../domain/image.js';
import { abortError, type CameraClock, endsWithin, untilAborted } from './abort.js';
import { cameraFault } from './errors.js';
import type { Feed, FeedFrame } from './feed.js';
import { PictureWatch } from './picture-watch.js';
import type { Camera } from './port.js';

/** A well-behaved program ends within this, so that nothing is open any more when the loop is left. */
const CLOSE_GRACE_MS = 80;

export interface CameraDeps {
  readonly clock: CameraClock;
  readonly logger?: Logger | undefined;
}

/** Somebody who looks through the camera. */
interface Looker {
  readonly stop: AbortController;
  readonly watch: PictureWatch;
  feed: Feed | undefined;
}

/** The half of every driver that does not depend on where pictures come from: one looker at a time, and its end. */
export function createCamera(driver: string, openFeed: () => Feed, deps: CameraDeps): Camera {
  return new SharedCamera(driver, openFeed, deps);
}

class SharedCamera implements Camera {
  readonly #driver: string;
  readonly #openFeed: () => Feed;
  readonly #clock: CameraClock;
  readonly #logger: Logger | undefined;
  /** The iteration in progress. */
  #visitor: Looker | undefined;
  /** The check's look in progress. */
  #examiner: Looker | undefined;
  #checking: Promise<Check> | undefined;
  #lastDigest = '';
  #closed: boolean = false;
  /** Resolves when whoever came before has left the camera closed. Never rejects. */
  #free: Promise<unknown> = Promise.resolve();

  constructor(driver: string, openFeed: () => Feed, { clock, logger }: CameraDeps) {
    this.#driver = driver;
    this.#openFeed = openFeed;
    this.#clock = clock;
    this.#logger = logger;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<VideoFrame, void, void> {
    if (this.#closed || signal.aborted) throw abortError();
    if (this.#visitor !== undefined) throw cameraFault('BUSY', { details: { driver: this.#driver } });
    const visitor = newLooker();
    this.#visitor = visitor;
    // A mere check gives way to a person who stands before the camera.
    this.#examiner?.stop.abort();
    const leave = (): void => {
      if (this.#visitor === visitor) this.#visitor = undefined;
    };
    const onAbort = (): void => {
      visitor.stop.abort();
      leave();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const { jpeg, index, takenAtMs } of this.#look(visitor)) yield { jpeg, index, takenAtMs };
    } finally {
      signal.removeEventListener('abort', onAbort);
      leave();
    }
  }

  check(): Promise<Check> {
    this.#checking ??= this.#examine().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#visitor?.stop.abort();
    this.#examiner?.stop.abort();
    await this.#free;
  }

  /** Opens the camera when it is free, and closes it however the loop is left. */
  async *#look(looker: Looker): AsyncGenerator<FeedFrame, void, void> {
    const { signal } = looker.stop;
    const before = this.#free;
    let leave = (_closed: Promise<void>): void => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#free = Promise.all([before, left]);
    try {
      await untilAborted(before, signal);
      if (signal.aborted) throw abortError();
      const feed = this.#open();
      looker.feed = feed;
      while (!signal.aborted) {
        const frame = await feed.next(signal);
        looker.watch.note(frame);
        yield frame;
      }
      throw abortError();
    } finally {
      const { broken = 0 } = looker.feed ?? {};
      if (broken > 0) this.#logger?.warn({ broken }, 'camera: broken pictures were dropped');
      const closed = looker.feed?.close() ?? Promise.resolve();
      leave(closed);
      await endsWithin(closed, CLOSE_GRACE_MS, this.#clock);
    }
  }

  #open(): Feed {
    try {
      return this.#openFeed();
    } catch (cause) {
      throw cameraFault('START_FAILED', { cause, details: { driver: this.#driver } });
    }
  }

  async #examine(): Promise<Check> {
    if (this.#closed || this.#visitor !== undefined) return this.#told();
    const looker = newLooker(this.#lastDigest);
    this.#examiner = looker;
    try {
      for await (const frame of this.#look(looker)) {
        frame.jpeg.fill(0);
        break;
      }
      this.#lastDigest = looker.watch.digest;
      return this.#well(looker);
    } catch (error) {
      if (!isAbort(error)) return brokenCheck(error);
      // It gave way to somebody who may have left already: then the camera is free to be looked at once more.
      return this.#closed || this.#visitor !== undefined ? this.#told() : await this.#examine();
    } finally {
      this.#examiner = undefined;
    }
  }

  /** Without a look of its own: closed, or in use. */
  #told(): Check {
    if (this.#closed || this.#visitor === undefined) return closedCheck();
    const { name, ok, detail } = this.#well(this.#visitor);
    return { name, ok, detail: `in use; ${detail}` };
  }

  #well({ watch, feed }: Looker): Check {
    return { name: 'camera', ok: true, detail: `${this.#driver}: ${watch.tell(feed?.broken ?? 0)}` };
  }
}

function newLooker(digest?: string): Looker {
  return { stop: new AbortController(), watch: new PictureWatch(digest), feed: undefined };
}

function closedCheck(): Check {
  return {
    name: 'camera',
    ok: false,
    detail: 'closed',
    advice: 'Nothing is to be done: the service is stopping.',
  };
}

function brokenCheck(error: unknown): Check {
  if (!isCountersignError(error)) {
    const detail = error instanceof Error ? error.name : 'unknown error';
    return { name: 'camera', ok: false, detail, advice: 'Report this to us with the log.' };
  }
  const { code, details, advice } = error;
  const about = Object.values(details).join(', ');
  return { name: 'camera', ok: false, detail: `${code}${about === '' ? '' : `: ${about}`}`, advice };
}
