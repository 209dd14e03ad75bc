import { ByteStore } from './byte-store.js';
import { JpegWalk } from './jpeg-walk.js';

/** No camera at a counter sends more; a header that claims more is damaged, or meant to exhaust the decoder. */
const MOST_PIXELS = 16_800_000;
/** After a damaged picture, so many that are smaller than those before are not believed. */
const DOUBTED_PICTURES = 8;

const START = Uint8Array.of(0xff, 0xd8);

export interface JpegPicture {
  /** From SOI to EOI; the caller's own, to wipe. */
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Cuts a stream of JPEGs into pictures. What stands between two pictures is skipped: noise, or the headers of a
 * multipart stream (`ffmpeg -f mpjpeg`). A picture that is cut short, over the size, or no JPEG is counted and
 * dropped, and the search goes on at the next start of a picture.
 *
 * Never more than `maxFrameBytes` and one chunk are kept. Pure: no clock, no input or output.
 */
export class MjpegSplitter {
  /** Pictures that were begun and not fit to be handed out. */
  broken = 0;
  /** Bytes outside of pictures. */
  skipped = 0;

  readonly #maxFrameBytes: number;
  readonly #walk = new JpegWalk();
  readonly #store = new ByteStore();
  #inside: boolean = false;
  #sawFf: boolean = false;
  /** Pixels of the last picture. */
  #area = 0;
  #doubted = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of the picture in hand. */
  get held(): number {
    return this.#store.length;
  }

  /** Takes the next bytes; returns the pictures that became whole by them. Keeps no reference to `chunk`. */
  push(chunk: Uint8Array): JpegPicture[] {
    const found: JpegPicture[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (!this.#inside) {
        at = this.#seek(chunk, at);
        continue;
      }
      // Never further than the size: where a picture is given up must not depend on how the stream was cut.
      const most = at + this.#maxFrameBytes - this.#store.length;
      const end = this.#walk.advance(chunk.subarray(0, most), at);
      this.#store.append(chunk.subarray(at, end));
      at = end;
      const picture = this.#settle();
      if (picture !== undefined) found.push(picture);
      else if (this.#store.length >= this.#maxFrameBytes) this.#drop();
    }
    return found;
  }

  /** Forgets the picture in hand and overwrites its bytes. */
  wipe(): void {
    this.#inside = false;
    this.#store.wipe();
  }

  /** Looks for FF D8; returns the index behind it, or the end of the chunk. */
  #seek(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#sawFf && chunk[at] === 0xd8) {
        this.skipped += at - from - 1;
        this.#enter();
        return at + 1;
      }
      this.#sawFf = chunk[at] === 0xff;
      const ff = this.#sawFf ? at : chunk.indexOf(0xff, at);
      at = this.#sawFf ? at + 1 : ff === -1 ? chunk.length : ff;
    }
    this.skipped += at - from;
    return at;
  }

  #enter(): void {
    this.#sawFf = false;
    this.#inside = true;
    this.#store.append(START);
    this.#walk.begin();
  }

  #settle(): JpegPicture | undefined {
    const { verdict, width, height } = this.#walk;
    if (verdict === 'open') return undefined;
    if (verdict !== 'whole') {
      this.#drop();
      if (verdict === 'again') this.#enter();
      return undefined;
    }
    const area = width * height;
    if (area > MOST_PIXELS) {
      this.#drop();
      return undefined;
    }
    // The thumbnail inside a damaged picture may pass for a picture: it is smaller than those before.
    if (this.#doubted > 0 && area < this.#area) {
      const left = this.#doubted - 1;
      this.#drop();
      this.#doubted = left;
      return undefined;
    }
    this.#area = area;
    this.#doubted = 0;
    const jpeg = this.#store.copy();
    this.wipe();
    return { jpeg, width, height };
  }

  #drop(): void {
    // FF D8 and something that is no marker is noise that looks like a start.
    if (this.#store.length > START.length + 1) {
      this.broken++;
      this.#doubted = DOUBTED_PICTURES;
    } else this.skipped += this.#store.length;
    this.wipe();
  }
}
