import type { Network, Tensor } from '../engine.js';
import { mirror } from '../pixels/mirror.js';
import type { EmbeddingModel } from './model.js';

/** So many images fill two processors; with more, memory grows and speed does not. */
const MOST_AT_ONCE = 8;

/** A face, or its mirror image. */
interface View {
  readonly chip: Uint8Array;
  readonly mirrored: boolean;
}

/**
 * Embeddings of aligned faces, each averaged with that of its mirror image. What is averaged of cosine models is of
 * length 1; of distance models it is the plain mean, whose distances the calibration knows.
 */
export async function embedFaces(
  network: Network,
  model: EmbeddingModel,
  chips: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const both: View[] = chips.flatMap((chip) => [
    { chip, mirrored: false },
    { chip, mirrored: true },
  ]);
  const most = model.input.batch ?? MOST_AT_ONCE;
  const raw: Float32Array[] = [];
  try {
    for (let i = 0; i < both.length; i += most)
      raw.push(...(await runBatch(network, model, both.slice(i, i + most))));
    return chips.map((_, i) => joined(model, raw[2 * i], raw[2 * i + 1]));
  } finally {
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
  views: readonly View[],
): Promise<Float32Array[]> {
  const tensor = tensorOf(model, views);
  try {
    const { [model.output]: all } = await network.run({ [model.input.name]: tensor });
    if (all === undefined) throw new Error('the network gave no embedding');
    const size = all.length / views.length;
    const each = views.map((_, i) => all.slice(i * size, (i + 1) * size));
    all.fill(0);
    return each;
  } finally {
    tensor.data.fill(0);
  }
}

function tensorOf(model: EmbeddingModel, views: readonly View[]): Tensor {
  const { input, width, height } = model;
  const values = width * height * 3;
  const planar = input.layout === 'NCHW';
  const dims = planar ? [views.length, 3, height, width] : [views.length, height, width, 3];
  if (input.type === 'uint8') {
    const data = new Uint8Array(views.length * values);
    for (const [i, view] of views.entries()) copyView(view, width, data, i * values);
    return { type: 'uint8', data, dims };
  }
  const data = new Float32Array(views.length * values);
  for (const [i, view] of views.entries()) normaliseView(view, model, data, i * values);
  return { type: 'float32', data, dims };
}

/** Interleaved RGB as it is. */
function copyView({ chip, mirrored }: View, width: number, data: Uint8Array, offset: number): void {
  if (mirrored) mirror(chip, width, data, offset);
  else data.set(chip, offset);
}

function normaliseView(
  { chip, mirrored }: View,
  { input, width, height }: EmbeddingModel,
  data: Float32Array,
  offset: number,
): void {
  const planar = input.layout === 'NCHW';
  const step = planar ? 1 : 3;
  for (let c = 0; c < 3; c++) {
    const { [c]: mean = 0 } = input.mean;
    const { [c]: std = 1 } = input.std;
    const colour = input.colour === 'RGB' ? c : 2 - c;
    let to = offset + (planar ? c * width * height : c);
    for (let y = 0; y < height; y++) {
      let from = (y * width + (mirrored ? width - 1 : 0)) * 3 + colour;
      for (let x = 0; x < width; x++, from += mirrored ? -3 : 3, to += step) {
        data[to] = ((chip[from] as number) * input.scale - mean) / std;
      }
    }
  }
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
