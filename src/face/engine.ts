/** A dense array of numbers with its shape, row-major. */
export type Tensor =
  | { readonly type: 'uint8'; readonly data: Uint8Array; readonly dims: readonly number[] }
  | { readonly type: 'float32'; readonly data: Float32Array; readonly dims: readonly number[] };

/** One network, loaded. */
export interface Network {
  /** Runs once. Inputs and outputs by name; rejects with what the engine throws. Not to be called concurrently. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Float32Array | undefined>>>;
  release(): Promise<void>;
}

/** Runs ONNX files. One per thread. */
export interface Engine {
  readonly name: 'onnx' | 'tfjs';
  /** What runs, e.g. `onnxruntime 1.24.3, 2 threads`. */
  readonly detail: string;
  /** @param model bytes of an ONNX file */
  load(model: Uint8Array): Promise<Network>;
}

/** What a driver file exports; loaded by address inside the face's thread. */
export interface EngineModule {
  /** Rejects when the engine cannot run here at all. */
  openEngine(options: { readonly threads: number }): Promise<Engine>;
}
