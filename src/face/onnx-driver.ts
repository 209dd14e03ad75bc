import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Engine, Network, Tensor } from './engine.js';

/**
 * A small network gains a tenth from a second thread or nothing, and the other processor has the next picture to
 * decode.
 */
const SMALL_BYTES = 3_000_000;

/** ONNX Runtime: native code for linux x64 and arm64, carried by its npm package. */
export function openEngine({ threads }: { readonly threads: number }): Promise<Engine> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // The arena never gives memory back; without it a run costs the same and 13 MB are saved.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Threads that wait by turning cost twice the processor time, which camera, page and broker need.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  return Promise.resolve({
    name: 'onnx',
    detail: `onnxruntime-node, ${threads} thread${threads === 1 ? '' : 's'}`,
    load: async (model) => {
      const intraOpNumThreads = model.length < SMALL_BYTES ? 1 : threads;
      return networkOf(await InferenceSession.create(model, { ...options, intraOpNumThreads }));
    },
  });
}

function networkOf(session: InferenceSession): Network {
  return {
    async run(inputs) {
      const feeds: Record<string, OrtTensor> = {};
      for (const [name, tensor] of Object.entries(inputs)) feeds[name] = ortTensor(tensor);
      const results = await session.run(feeds);
      const outputs: Record<string, Float32Array> = {};
      for (const name of session.outputNames) {
        const data = results[name]?.data;
        if (data instanceof Float32Array) outputs[name] = data;
      }
      return outputs;
    },
    release: () => session.release(),
  };
}

function ortTensor({ type, data, dims }: Tensor): OrtTensor {
  return type === 'uint8' ? new OrtTensor('uint8', data, dims) : new OrtTensor('float32', data, dims);
}
