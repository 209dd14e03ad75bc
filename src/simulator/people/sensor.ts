import { Random } from './random.js';

const SIZE = 1 << 16;
const STEPS = 64;

/** A camera's sensor: every picture has noise of its own, so that no two are alike byte for byte. */
export class Sensor {
  readonly #random: Random;
  readonly #normal: Int8Array;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#normal = Int8Array.from({ length: SIZE }, () =>
      Math.max(-127, Math.min(127, Math.round(this.#random.normal() * 32))),
    );
  }

  /** Adds noise of this deviation (grey levels) to a picture in place. */
  expose(rgb: Uint8Array, deviation: number, row: number): void {
    const noise = this.#normal;
    const times = Math.round((deviation / 32) * STEPS);
    for (let start = 0; start < rgb.length; start += row) {
      let from = Math.floor(this.#random.next() * SIZE);
      const end = Math.min(rgb.length, start + row);
      for (let at = start; at < end; at += 1) {
        const value = (rgb[at] as number) + (((noise[from & (SIZE - 1)] as number) * times) >> 6);
        rgb[at] = value < 0 ? 0 : value > 255 ? 255 : value;
        from += 1;
      }
    }
  }
}
