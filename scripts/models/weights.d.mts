export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export function readWeights(
  id: string,
  specs: readonly TensorSpec[],
  bytes: Uint8Array,
): Map<string, WeightTensor>;
export function dequantise(spec: TensorSpec, bytes: Uint8Array): Float32Array | Int32Array;
export function fromHalf(bits: number): number;
