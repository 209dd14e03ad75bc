import type { Network, Tensor } from '../engine.js';
import type { EmbeddingModel } from './model.js';

/**
 * Embeddings of aligned faces, each averaged with that of its mirror image. What is averaged of cosine models is of
 * length 1; of distance models it is the plain mean, whose distances the calibration knows.
 */
export async function embedFaces(
  network: Network,
  model: EmbeddingModel,
  chips: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const both = chips.flatMap((chip) => [chip, mirrored(chip, model.width)]);
  const most = model.input.batch ?? 16;
  const raw: Float32Array[] = [];
  try {
    for (let i = 0; i < both.length; i += most)
      raw.push(...(await runBatch(network, model, both.slice(i, i + most))));
    return chips.map((_, i) => joined(model, raw[2 * i], raw[2 * i + 1]));
  } finally {
    // The mirror images are ours, the others the caller's.
    for (const [i, each] of both.entries()) if (i % 2 === 1) each.fill(0);
    for (const each of raw) each.fill(0);
  }
}

/** The mean direction of several embeddings, of their mean length: what several frames say together. */
export function fuse(embeddings: readonly Float32Array[]): Float32Array {
  const size = embeddings[0]?.length ?? 0;
  const sum = new Float32Array(size);
  let lengths = 0;
  for (const embedding of embeddings) {
    lengths += lengthOf(embedding);
    for (let i = 0; i < size; i++) sum[i] = (sum[i] as number) + (embedding[i] as number);
  }
  return scaled(sum, lengths / embeddings.length / (lengthOf(sum) || 1));
}

/** Comparison score; higher is more alike. `euclidean`: 1 - distance, about -0.5 to 1; `cosine`: -1 to 1. */
export function compareEmbeddings(
  { compare }: Pick<EmbeddingModel, 'compare'>,
  a: Float32Array,
  b: Float32Array,
): number {
  let sum = 0;
  if (compare === 'euclidean') {
    for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
    return 1 - Math.sqrt(sum);
  }
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum / (lengthOf(a) * lengthOf(b) || 1);
}

async function runBatch(
  network: Network,
  model: EmbeddingModel,
  chips: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const tensor = tensorOf(model, chips);
  try {
    const { [model.output]: all } = await network.run({ [model.input.name]: tensor });
    if (all === undefined) throw new Error('the network gave no embedding');
    const size = all.length / chips.length;
    const each = chips.map((_, i) => all.slice(i * size, (i + 1) * size));
    all.fill(0);
    return each;
  } finally {
    tensor.data.fill(0);
  }
}

function tensorOf({ input, width, height }: EmbeddingModel, chips: readonly Uint8Array[]): Tensor {
  const pixels = width * height;
  const n = chips.length;
  if (input.type === 'uint8') {
    const data = new Uint8Array(n * pixels * 3);
    for (const [i, chip] of chips.entries()) data.set(chip, i * pixels * 3);
    return { type: 'uint8', data, dims: [n, height, width, 3] };
  }
  const data = new Float32Array(n * pixels * 3);
  const planar = input.layout === 'NCHW';
  for (let c = 0; c < 3; c++) {
    const { [c]: mean = 0 } = input.mean;
    const { [c]: std = 1 } = input.std;
    const from = input.colour === 'RGB' ? c : 2 - c;
    for (const [i, chip] of chips.entries()) {
      let to = i * pixels * 3 + (planar ? c * pixels : c);
      const step = planar ? 1 : 3;
      for (let p = from; p < chip.length; p += 3, to += step) {
        data[to] = ((chip[p] as number) * input.scale - mean) / std;
      }
    }
  }
  return { type: 'float32', data, dims: planar ? [n, 3, height, width] : [n, height, width, 3] };
}

function mirrored(chip: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(chip.length);
  const row = width * 3;
  for (let start = 0; start < chip.length; start += row) {
    for (let from = start, to = start + row - 3; from < start + row; from += 3, to -= 3) {
      out[to] = chip[from] as number;
      out[to + 1] = chip[from + 1] as number;
      out[to + 2] = chip[from + 2] as number;
    }
  }
  return out;
}

function joined(
  { compare }: EmbeddingModel,
  plain: Float32Array | undefined,
  mirror: Float32Array | undefined,
): Float32Array {
  if (plain === undefined || mirror === undefined) throw new Error('an embedding is missing');
  const sum = new Float32Array(plain.length);
  for (let i = 0; i < sum.length; i++) sum[i] = (plain[i] as number) + (mirror[i] as number);
  return scaled(sum, compare === 'cosine' ? 1 / (lengthOf(sum) || 1) : 0.5);
}

function lengthOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}

function scaled(values: Float32Array, by: number): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * by;
  return values;
}
