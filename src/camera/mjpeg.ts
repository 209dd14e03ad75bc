import { ByteStore } from './byte-store.js';
import { EOI, JpegWalk } from './jpeg-walk.js';

/** No camera at a counter sends more; a header that claims more is damaged, or meant to exhaust the decoder. */
const MOST_PIXELS = 16_800_000;
/** Cameras send no less, and thumbnails have no more (by the rules for EXIF 160x120). */
const LARGEST_THUMBNAIL = 320 * 240;
/** So many in a row that nothing proved, a second or two: this camera writes markers between its pictures. */
const MOST_UNPROVED = 30;

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
 * That start may lie within a picture whose own start was lost: a thumbnail in its EXIF is a whole JPEG. Between a
 * thumbnail and the next start there are always markers, those of the picture around it; between pictures there are
 * none. Hence, after a damaged picture, one is handed out at once only where it begins behind the end of another, and
 * else as soon as the next one begins behind its own end. So is one of a thumbnail's size, until the camera has shown
 * that its pictures are so small: a length that was cut off may end, by chance, between two markers of a thumbnail.
 *
 * Never more than `maxFrameBytes` and one chunk are kept. Pure: no clock, no input or output.
 */
export class MjpegSplitter {
  /** Pictures that were begun and not fit to be handed out. */
  broken = 0;
  /** Bytes outside of pictures, thumbnails among them. */
  skipped = 0;

  readonly #maxFrameBytes: number;
  readonly #walk = new JpegWalk();
  readonly #store = new ByteStore();
  /** `waiting`: outside, with a whole picture in hand that may be a thumbnail. */
  #place: 'outside' | 'inside' | 'waiting' = 'outside';
  #sawFf: boolean = false;
  /** A picture was damaged, and no start since was sure to be one. */
  #lost: boolean = false;
  /** The last marker was the end of a picture. */
  #behindEnd: boolean = false;
  #unproved = 0;
  /** Smaller pictures need proof. */
  #least = LARGEST_THUMBNAIL;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of the picture in hand. */
  get held(): number {
    return this.#store.length;
  }

  /** Takes the next bytes; returns the pictures that became whole, or sure to be one, by them. Keeps no reference to `chunk`. */
  push(chunk: Uint8Array): JpegPicture[] {
    const found: JpegPicture[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#place !== 'inside') {
        const { next, picture } = this.#seek(chunk, at);
        if (picture !== undefined) found.push(picture);
        at = next;
        continue;
      }
      // Never further than the size: where a picture is given up must not depend on how the stream was cut.
      const most = at + this.#maxFrameBytes - this.#store.length;
      const end = this.#walk.advance(chunk.subarray(0, most), at);
      this.#store.append(chunk.subarray(at, end));
      at = end;
      const picture = this.#settle();
      if (picture !== undefined) found.push(picture);
      else if (this.#place === 'inside' && this.#store.length >= this.#maxFrameBytes) this.#drop();
    }
    return found;
  }

  /** The stream has ended: nothing lies around the picture that waited for the next one, if there is one. */
  finish(): JpegPicture | undefined {
    return this.#place === 'waiting' ? this.#take() : undefined;
  }

  /** Forgets the picture in hand and overwrites its bytes. */
  wipe(): void {
    this.#place = 'outside';
    this.#store.wipe();
  }

  /** Looks for FF D8; goes behind it, or to the end of the chunk. */
  #seek(chunk: Uint8Array, from: number): { next: number; picture?: JpegPicture | undefined } {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at] ?? 0;
      if (this.#sawFf && byte === 0xd8) {
        this.skipped += at - from - 1;
        const picture = this.#place === 'waiting' ? this.#take() : undefined;
        this.#enter();
        return { next: at + 1, picture };
      }
      if (this.#sawFf && byte !== 0xff) this.#passMarker(byte);
      this.#sawFf = byte === 0xff;
      const ff = this.#sawFf ? at : chunk.indexOf(0xff, at);
      at = this.#sawFf ? at + 1 : ff === -1 ? chunk.length : ff;
    }
    this.skipped += at - from;
    return { next: at };
  }

  #passMarker(code: number): void {
    this.#behindEnd = code === EOI;
    if (this.#place !== 'waiting') return;
    this.skipped += this.#store.length;
    this.wipe();
    if (++this.#unproved < MOST_UNPROVED) return;
    this.#trust();
    this.#least = 0;
  }

  #trust(): void {
    this.#lost = false;
    this.#unproved = 0;
  }

  #enter(): void {
    if (this.#behindEnd) this.#trust();
    this.#sawFf = false;
    this.#behindEnd = false;
    this.#place = 'inside';
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
    this.#behindEnd = true;
    if (!this.#lost && area >= this.#least) return this.#take();
    this.#lost = true;
    this.#place = 'waiting';
    return undefined;
  }

  /** The picture in hand. */
  #take(): JpegPicture {
    const { width, height } = this.#walk;
    this.#least = Math.min(LARGEST_THUMBNAIL, width * height);
    const jpeg = this.#store.copy();
    this.wipe();
    return { jpeg, width, height };
  }

  #drop(): void {
    this.#behindEnd = this.#walk.atEnd;
    this.#lost = true;
    // FF D8 and something that is no marker is noise that looks like a start.
    if (this.#store.length > START.length + 1) this.broken++;
    else this.skipped += this.#store.length;
    this.wipe();
  }
}
