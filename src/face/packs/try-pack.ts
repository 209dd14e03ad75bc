import type { Engine, Network } from '../engine.js';
import { faceFault } from '../errors.js';
import type { PackTrial } from '../port.js';
import { inputOf, modelName } from './manifest.js';
import type { PackManifest } from './manifest-schema.js';
import { openPack } from './open-pack.js';

const RUNS = 9;

/**
 * Loads a pack, runs it on two made-up pictures and looks whether it answers as a network should: finite numbers of
 * the promised shape, the same for the same picture, others for another.
 *
 * @throws FACE_PACK_INVALID, FACE_PACK_SIGNATURE, FACE_MODEL_CHECKSUM, FACE_MODEL_MISSING
 */
export async function tryPack(
  engine: Engine,
  directory: string,
  signers: string | undefined,
): Promise<PackTrial> {
  const before = process.memoryUsage.rss();
  const loaded: Network[] = [];
  try {
    const { manifest, networks } = await openPack(directory, signers, async (bytes) => {
      const network = await engine.load(await bytes);
      loaded.push(network);
      return network;
    });
    let milliseconds = 0;
    for (const network of networks) milliseconds += await tryNetwork(network, manifest);
    const memoryMb = Math.max(0, (process.memoryUsage.rss() - before) / 2 ** 20);
    return { model: modelName(manifest), milliseconds, memoryMb };
  } finally {
    await Promise.all(loaded.map((network) => network.release()));
  }
}

async function tryNetwork(network: Network, manifest: PackManifest): Promise<number> {
  const first = await run(network, manifest, 1);
  const other = await run(network, manifest, 2);
  const took: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const began = performance.now();
    const again = await run(network, manifest, 1);
    took.push(performance.now() - began);
    if (again.some((value, at) => Math.abs(value - (first[at] as number)) > 1e-4)) {
      throw refused(manifest, 'the same picture gives different answers');
    }
  }
  if (first.every((value, at) => value === other[at]))
    throw refused(manifest, 'different pictures give the same answer');
  took.sort((a, b) => a - b);
  return took[took.length >> 1] ?? Number.NaN;
}

async function run(network: Network, manifest: PackManifest, seed: number): Promise<Float32Array> {
  const { name, layout, width, height, mean, std, scale } = inputOf(manifest);
  const dims = layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3];
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    // Soft blobs, different for each seed: neither flat nor noise.
    const value = 128 + 90 * Math.sin((i % width) / (5 + seed)) * Math.cos(i / (width * (3 + 2 * seed)));
    return (value * scale - (mean[0] ?? 0)) / (std[0] ?? 1);
  });
  let answer: Float32Array | undefined;
  try {
    ({ [manifest.output.name]: answer } = await network.run({ [name]: { type: 'float32', data, dims } }));
  } catch (cause) {
    throw faceFault('PACK_INVALID', {
      cause,
      details: { name: manifest.name, problem: 'the network does not run' },
    });
  }
  if (answer === undefined || answer.length < 2) throw refused(manifest, 'no such output');
  if (!answer.every(Number.isFinite)) throw refused(manifest, 'numbers that are none');
  return answer;
}

function refused({ name }: PackManifest, problem: string) {
  return faceFault('PACK_INVALID', { details: { name, problem } });
}
