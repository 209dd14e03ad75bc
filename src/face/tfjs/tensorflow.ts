import { createRequire } from 'node:module';

/** The part of TensorFlow.js that is used; which of its packages is there is found out while running. */
export interface TfTensor {
  readonly shape: number[];
  readonly rank: number;
  dataSync(): Float32Array | Int32Array | Uint8Array;
  dispose(): void;
}
type T = TfTensor;
type Pads = number | [[number, number], [number, number], [number, number], [number, number]];

export interface TensorFlow {
  readonly version: { readonly tfjs?: string; readonly 'tfjs-core'?: string };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
  tidy<Result>(work: () => Result): Result;
  tensor(
    data: Float32Array | Int32Array | Uint8Array,
    shape: readonly number[],
    type: 'float32' | 'int32',
  ): T;
  cast(x: T, type: 'float32'): T;
  transpose(x: T, order: readonly number[]): T;
  reshape(x: T, shape: readonly number[]): T;
  conv2d(x: T, filter: T, strides: [number, number], pad: Pads): T;
  depthwiseConv2d(x: T, filter: T, strides: [number, number], pad: Pads): T;
  maxPool(x: T, size: [number, number], strides: [number, number], pad: Pads): T;
  avgPool(x: T, size: [number, number], strides: [number, number], pad: Pads): T;
  mean(x: T, axes: number[], keep: boolean): T;
  pad(x: T, pads: [number, number][], value?: number): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  exp(x: T): T;
  relu(x: T): T;
  sigmoid(x: T): T;
  softmax(x: T, axis: number): T;
  leakyRelu(x: T, alpha: number): T;
  prelu(x: T, alpha: T): T;
  clipByValue(x: T, least: number, most: number): T;
  matMul(a: T, b: T, transposeA?: boolean, transposeB?: boolean): T;
  concat(parts: T[], axis: number): T;
  split(x: T, sizes: number[], axis: number): T[];
  squeeze(x: T, axes: number[]): T;
}

/** Native where it is installed, else WASM. Throws when neither is. */
export async function findTensorFlow(): Promise<TensorFlow> {
  const require = createRequire(import.meta.url);
  try {
    const native = require('@tensorflow/tfjs-node') as TensorFlow;
    await native.ready();
    return native;
  } catch {
    const tf = require('@tensorflow/tfjs') as TensorFlow;
    require('@tensorflow/tfjs-backend-wasm');
    if (!(await tf.setBackend('wasm'))) throw new Error('the WASM backend does not start');
    await tf.ready();
    return tf;
  }
}
