import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, EngineModule, Tensor } from '#built/face/engine.js';
import { type BuiltInId, readBuiltIn } from '#built/face/network-files.js';
import { ENGINES, MODELS } from '../integration/face-video.js';

const open = async (url: URL): Promise<Engine> =>
  ((await import(url.href)) as EngineModule).openEngine({ threads: 1 });

function picture(dims: readonly number[]): Tensor {
  const size = dims.reduce((a, b) => a * b);
  const [, , width = 1] = dims;
  const data = Uint8Array.from(
    { length: size },
    (_, i) => 128 + 100 * Math.sin((i % (width * 3)) / 37) * Math.cos(i / 9001),
  );
  return { type: 'uint8', data, dims };
}

/** [network, shape of its input, what two engines may differ by, in parts of the largest value] */
const NETWORKS: readonly [BuiltInId, readonly number[]][] = [
  ['tiny-face-detector', [1, 96, 128, 3]],
  ['landmarks-68', [2, 112, 112, 3]],
  ['face-recognition', [2, 150, 150, 3]],
  ['ssd-mobilenet', [1, 512, 512, 3]],
];

describe.each(Object.entries(ENGINES))('the engine %s', (name, url) => {
  let engine: Engine;
  let reference: Engine;
  beforeAll(async () => {
    [engine, reference] = [await open(url), await open(ENGINES.onnx)];
  });

  it('says what it is', () => {
    expect(engine.name).toBe(name);
    expect(engine.detail).toMatch(/\d/);
  });

  it.each(NETWORKS)('runs %s, equal to the reference', async (id, dims) => {
    const bytes = await readBuiltIn(MODELS, id);
    const [network, original] = [await engine.load(bytes), await reference.load(bytes)];
    const image = picture(dims);
    const [found, wanted] = [await network.run({ image }), await original.run({ image })];
    expect(new Set(Object.keys(found))).toEqual(new Set(Object.keys(wanted)));
    for (const [output, values] of Object.entries(wanted)) {
      const most = values?.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-6) ?? 0;
      const apart =
        values?.reduce((a, b, i) => Math.max(a, Math.abs(b - (found[output]?.[i] ?? Number.NaN))), 0) ?? 1;
      expect(apart / most, output).toBeLessThan(2e-4);
    }
    await Promise.all([network.release(), original.release()]);
  });

  it('refuses bytes that are no network', async () => {
    await expect(async () => engine.load(new Uint8Array([1, 2, 3]))).rejects.toThrow();
  });

  const packs = new URL('../../../shared/packs/', import.meta.url);
  it.runIf(existsSync(packs))('runs the networks of the packs beside the repository', async () => {
    for (const [file, input, dims] of [
      ['mobilefacenet/embedding.onnx', 'input0', [1, 3, 112, 112]],
      ['minifasnet/v2.onnx', 'image', [1, 3, 80, 80]],
      ['minifasnet/v1se.onnx', 'image', [1, 3, 80, 80]],
    ] as const) {
      const bytes = await readFile(new URL(file, packs));
      const data = Float32Array.from({ length: dims.reduce<number>((a, b) => a * b, 1) }, (_, i) =>
        Math.sin(i / 50),
      );
      const tensor: Tensor = { type: 'float32', data, dims };
      const [network, original] = [await engine.load(bytes), await reference.load(bytes)];
      const [found] = Object.values(await network.run({ [input]: tensor }));
      const [wanted] = Object.values(await original.run({ [input]: tensor }));
      expect(found?.length).toBe(wanted?.length);
      for (const [i, value] of (wanted ?? []).entries()) expect(found?.[i], file).toBeCloseTo(value, 2);
    }
  });
});
