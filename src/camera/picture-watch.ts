import { createHash } from 'node:crypto';

/**
 * A picture with nothing on it costs 4 to 6 bits of each 8x8 block: about 0.016 bytes a pixel with 4:2:0 sampling,
 * whatever its colour. The dullest real picture costs more than twice that.
 */
const UNIFORM_BYTES_PER_PIXEL = 0.022;
/** No sensor gives the same bytes twice; so many in a row are no chance. */
const FROZEN_PICTURES = 5;

export interface WatchedPicture {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly takenAtMs: number;
}

/** Looks at pictures as they pass, without opening them and without keeping any. */
export class PictureWatch {
  #pictures = 0;
  #firstAtMs = 0;
  #lastAtMs = 0;
  #same = 0;
  #digest = '';
  #uniform: boolean = false;
  #size = '';

  /** `digest` of the last picture of an earlier look; empty where there was none. */
  constructor(digest = '') {
    this.#digest = digest;
  }

  /** Tells one picture from another; says nothing about what is on it. */
  get digest(): string {
    return this.#digest;
  }

  note({ jpeg, width, height, takenAtMs }: WatchedPicture): void {
    const digest = createHash('sha256').update(jpeg).digest('base64');
    this.#same = digest === this.#digest ? this.#same + 1 : 0;
    this.#digest = digest;
    this.#uniform = jpeg.length / (width * height) < UNIFORM_BYTES_PER_PIXEL;
    this.#size = `${width}x${height}, ${Math.ceil(jpeg.length / 1024)} KiB`;
    if (this.#pictures++ === 0) this.#firstAtMs = takenAtMs;
    this.#lastAtMs = takenAtMs;
  }

  /** One line, without anything of the picture itself. */
  tell(broken: number): string {
    const seconds = (this.#lastAtMs - this.#firstAtMs) / 1000;
    const rate = seconds > 0 ? `${((this.#pictures - 1) / seconds).toFixed(1)} a second` : '';
    const frozen = this.#pictures > 1 ? this.#same >= FROZEN_PICTURES : this.#same > 0;
    return [
      this.#pictures === 0 ? 'waiting for the first picture' : this.#size,
      rate,
      broken > 0 ? `${broken} broken` : '',
      frozen ? 'the picture does not change (frozen?)' : '',
      this.#uniform ? 'nothing is on the picture (lens covered?)' : '',
    ]
      .filter((part) => part !== '')
      .join('; ');
  }
}
