import type { FaceBox } from '../../domain/face.js';
import type { Network } from '../engine.js';
import { inputOf } from '../packs/manifest.js';
import type { AttackManifest } from '../packs/manifest-schema.js';
import type { Picture } from '../pixels/picture.js';
import { warp } from '../pixels/warp.js';

/** A presentation attack detector: one or more networks that look at the face with more or less of what is around it. */
export interface AttackDetector {
  readonly model: string;
  /** Fused scores below it are an attack. */
  readonly threshold: number;
  /** 0 attack to 1 bona fide, for one frame. */
  score(picture: Picture, box: FaceBox): Promise<number>;
}

/** Where the manifest gives none (and its use was asked for nevertheless): the networks' own middle. */
const USUAL_THRESHOLD = 0.5;

export function attackDetector(
  model: string,
  manifest: AttackManifest,
  networks: readonly Network[],
): AttackDetector {
  const input = inputOf(manifest);
  const { output, files, calibration } = manifest;
  const bonaFide = Math.max(0, output.meaning.indexOf('bona fide'));
  return {
    model,
    threshold: calibration?.threshold ?? USUAL_THRESHOLD,
    async score(picture, box) {
      let sum = 0;
      for (const [i, network] of networks.entries()) {
        const data = cut(picture, enlarge(box, files[i]?.cropScale ?? 1, picture), input);
        try {
          const dims =
            input.layout === 'NCHW' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
          const { [output.name]: scores } = await network.run({
            [input.name]: { type: 'float32', data, dims },
          });
          if (scores === undefined) throw new Error('the attack network gave no scores');
          sum += asShares(scores)[bonaFide] ?? 0;
        } finally {
          data.fill(0);
        }
      }
      return sum / networks.length;
    },
  };
}

/** About its centre, less if the picture is smaller, shifted inside it. */
export function enlarge(box: FaceBox, by: number, { image }: Picture): FaceBox {
  const most = Math.min((image.width - 1) / box.width, (image.height - 1) / box.height, by);
  const width = box.width * most;
  const height = box.height * most;
  const x = Math.max(0, Math.min(image.width - width, box.x + (box.width - width) / 2));
  const y = Math.max(0, Math.min(image.height - height, box.y + (box.height - height) / 2));
  return { x, y, width, height };
}

/** Resized to the network's input without keeping the shape: that is how such networks were trained. */
function cut(picture: Picture, box: FaceBox, input: ReturnType<typeof inputOf>): Float32Array {
  const { width, height } = input;
  // A row of squares as wide as the piece: the height is squeezed by reading every so many rows.
  const side = Math.max(box.width / width, box.height / height);
  const tall = { width: Math.round(box.width / side), height: Math.round(box.height / side) };
  const rgb = new Uint8Array(tall.width * tall.height * 3);
  const shift = side / 2 - 0.5;
  warp(picture, { a: side, b: 0, tx: box.x + shift, ty: box.y + shift }, { ...tall, outside: 'edge' }, rgb);
  const out = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const fromY = Math.min(tall.height - 1, Math.floor(((y + 0.5) * tall.height) / height));
    for (let x = 0; x < width; x++) {
      const fromX = Math.min(tall.width - 1, Math.floor(((x + 0.5) * tall.width) / width));
      const p = (fromY * tall.width + fromX) * 3;
      for (let c = 0; c < 3; c++) {
        const value = (rgb[p + (input.colour === 'RGB' ? c : 2 - c)] as number) * input.scale;
        const at = input.layout === 'NCHW' ? (c * height + y) * width + x : (y * width + x) * 3 + c;
        out[at] = (value - (input.mean[c] ?? 0)) / (input.std[c] ?? 1);
      }
    }
  }
  rgb.fill(0);
  return out;
}

/** Shares of one; networks that end before their softmax are given it. */
function asShares(scores: Float32Array): number[] {
  const values = [...scores];
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-3) return values;
  const most = Math.max(...values);
  const raised = values.map((value) => Math.exp(value - most));
  const all = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / all);
}
