import type { EmbeddingModel } from '../embed/model.js';

/** Embeddings of one evaluation, one row a template; in memory only, and overwritten by `wipe`. */
export class Templates {
  readonly #compare: EmbeddingModel['compare'];
  readonly #count: number;
  readonly #has: Uint8Array;
  #size = 0;
  #rows = new Float32Array(0);

  constructor(count: number, compare: EmbeddingModel['compare']) {
    this.#count = count;
    this.#compare = compare;
    this.#has = new Uint8Array(count);
  }

  /** Takes a row over and overwrites what it was given. */
  set(template: number, embedding: Float32Array): void {
    if (this.#size === 0) {
      this.#size = embedding.length;
      this.#rows = new Float32Array(this.#count * this.#size);
    }
    if (embedding.length !== this.#size) throw new Error('embeddings of different lengths');
    if (this.#compare === 'cosine') toUnitLength(embedding);
    this.#rows.set(embedding, template * this.#size);
    this.#has[template] = 1;
    embedding.fill(0);
  }

  /** As `compareEmbeddings` does; NaN where one of the two could not be acquired. */
  score(a: number, b: number): number {
    if (this.#has[a] === 0 || this.#has[b] === 0) return Number.NaN;
    const rows = this.#rows;
    const size = this.#size;
    const first = a * size;
    const second = b * size;
    let sum = 0;
    if (this.#compare === 'cosine') {
      for (let i = 0; i < size; i++) sum += (rows[first + i] as number) * (rows[second + i] as number);
      return sum;
    }
    for (let i = 0; i < size; i++) {
      const difference = (rows[first + i] as number) - (rows[second + i] as number);
      sum += difference * difference;
    }
    return 1 - Math.sqrt(sum);
  }

  wipe(): void {
    this.#rows.fill(0);
    this.#has.fill(0);
  }
}

function toUnitLength(values: Float32Array): void {
  let sum = 0;
  for (const value of values) sum += value * value;
  const by = 1 / (Math.sqrt(sum) || 1);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * by;
}
