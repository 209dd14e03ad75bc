import type { WeightTensor } from './weights.mjs';

export interface Layer {
  readonly shape: readonly [outputs: number, inputs: number, height: number, width: number];
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
  readonly groups: number;
}

export interface BatchNorm {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
  readonly epsilon: number;
}

export function denseLayer(kernel: WeightTensor, bias?: WeightTensor): Layer;
export function depthwiseLayer(kernel: WeightTensor, bias?: WeightTensor): Layer;
export function foldOutput(layer: Layer, scale: ArrayLike<number>, offset: ArrayLike<number>): Layer;
export function foldBatchNorm(layer: Layer, norm: BatchNorm): Layer;
export function foldInputScale(layer: Layer, divisor: number): Layer;
export function foldInput(layer: Layer, mean: readonly number[], divisor: number): Layer;
export function samePadding(
  size: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
): number[];
