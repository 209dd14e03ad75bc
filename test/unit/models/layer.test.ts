import { describe, expect, it } from 'vitest';
import {
  denseLayer,
  depthwiseLayer,
  foldBatchNorm,
  foldInput,
  foldInputScale,
  foldOutput,
  type Layer,
  samePadding,
} from '../../../scripts/models/layer.mjs';

const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });

/** The layer on one patch as large as its kernel; `patch` in the order [in, height, width]. */
function apply(layer: Layer, patch: number[]): number[] {
  const size = layer.kernel.length / layer.bias.length;
  return Array.from(layer.bias, (bias, output) => {
    const group = layer.groups > 1 ? output * size : 0;
    let sum = bias;
    for (let i = 0; i < size; i++) sum += (layer.kernel[output * size + i] ?? 0) * (patch[group + i] ?? 0);
    return sum;
  });
}

const close = (found: number[], wanted: number[]) => {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 10);
};

describe('layers', () => {
  // 1x2 kernels, two channels in, two out, in TensorFlow's order [height, width, in, out].
  const layer = denseLayer(tensor([1, 2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8), tensor([2], 0.5, -0.5));
  const patch = [10, 20, 30, 40];

  it('turn a kernel from TensorFlow to ONNX', () => {
    expect(layer.shape).toEqual([2, 2, 1, 2]);
    expect([...layer.kernel]).toEqual([1, 5, 3, 7, 2, 6, 4, 8]);
    close(apply(layer, patch), [10 + 100 + 90 + 280 + 0.5, 20 + 120 + 120 + 320 - 0.5]);
  });

  it('turn a depthwise kernel', () => {
    const deep = depthwiseLayer(tensor([1, 2, 2, 1], 1, 2, 3, 4));
    expect(deep).toMatchObject({ shape: [2, 1, 1, 2], groups: 2 });
    close(apply(deep, patch), [10 + 60, 60 + 160]);
  });

  it('take in the scale layer that follows', () => {
    const [a, b] = apply(layer, patch) as [number, number];
    close(apply(foldOutput(layer, [3, -2], [1, 5]), patch), [a * 3 + 1, b * -2 + 5]);
  });

  it('take in the batch normalisation that follows', () => {
    const norm = { mean: [1, 2], variance: [4, 9], gamma: [2, 3], beta: [0.1, 0.2], epsilon: 0.5 };
    const [a, b] = apply(layer, patch) as [number, number];
    close(apply(foldBatchNorm(layer, norm), patch), [
      ((a - 1) / Math.sqrt(4.5)) * 2 + 0.1,
      ((b - 2) / Math.sqrt(9.5)) * 3 + 0.2,
    ]);
  });

  it('take in the normalisation of the picture before', () => {
    const normal = [(10 - 5) / 255, (20 - 5) / 255, (30 - 7) / 255, (40 - 7) / 255];
    close(apply(foldInput(layer, [5, 7], 255), patch), apply(layer, normal));
    close(
      apply(foldInputScale(layer, 255), patch),
      apply(
        layer,
        patch.map((value) => value / 255),
      ),
    );
  });
});

// [top, left, bottom, right] as TensorFlow's documentation of SAME gives them.
it.each([
  [
    [112, 112],
    [3, 3],
    [2, 2],
    [0, 0, 1, 1],
  ],
  [
    [35, 35],
    [3, 3],
    [1, 1],
    [1, 1, 1, 1],
  ],
  [
    [7, 8],
    [3, 3],
    [2, 2],
    [1, 0, 1, 1],
  ],
  [
    [7, 8],
    [2, 2],
    [2, 2],
    [0, 0, 1, 0],
  ],
  [
    [256, 256],
    [5, 5],
    [2, 2],
    [1, 1, 2, 2],
  ],
  [
    [8, 8],
    [1, 1],
    [2, 2],
    [0, 0, 0, 0],
  ],
])('SAME pads %j for a window %j with stride %j by %j', (size, window, stride, pads) => {
  expect(samePadding(size, window, stride)).toEqual(pads);
});
