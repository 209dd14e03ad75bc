import type { RgbImage } from '../../domain/image.js';
import { shrink } from './shrink.js';

/**
 * A decoded picture with its smaller versions, each made once when first needed. Owns its pixels: `wipe` overwrites
 * them all.
 */
export class Picture {
  readonly image: RgbImage;
  /** Size of the original in pixels, upright; `image` may have been made smaller while it was decoded. */
  readonly originalWidth: number;
  readonly originalHeight: number;
  readonly #reduced = new Map<number, RgbImage>();

  constructor(image: RgbImage, original: { readonly width: number; readonly height: number } = image) {
    this.image = image;
    this.originalWidth = original.width;
    this.originalHeight = original.height;
  }

  /** Pixels of the original for one pixel of `image`; at least 1. */
  get scale(): number {
    return this.originalWidth / this.image.width;
  }

  /** The picture made smaller by a whole factor, averaged. */
  reduced(factor: number): RgbImage {
    if (factor <= 1) return this.image;
    const known = this.#reduced.get(factor);
    if (known !== undefined) return known;
    const made = shrink(this.image, factor);
    this.#reduced.set(factor, made);
    return made;
  }

  wipe(): void {
    this.image.rgb.fill(0);
    for (const { rgb } of this.#reduced.values()) rgb.fill(0);
    this.#reduced.clear();
  }
}
