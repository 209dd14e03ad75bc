const FIRST_BYTES = 64 * 1024;

/** Bytes of the picture in hand: one buffer that grows by doubling and is used again for the next picture. */
export class ByteStore {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(FIRST_BYTES, needed, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes.fill(0);
      this.#bytes = grown;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** A copy that has its memory to itself, so that its owner can wipe it. */
  copy(): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(0, this.#length));
  }

  /** Empties, and overwrites what was there: it is the picture of a person. */
  wipe(): void {
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
  }
}
