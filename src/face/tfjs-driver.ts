import type { Engine, Network, Tensor } from './engine.js';
import { type OnnxGraph, readOnnx } from './tfjs/onnx-file.js';
import { constant, OPERATORS, plain, type Value } from './tfjs/operators.js';
import { findTensorFlow, type TensorFlow, type TfTensor } from './tfjs/tensorflow.js';

/**
 * TensorFlow.js: `@tensorflow/tfjs-node` where it is installed, else its WASM backend. Runs the same ONNX files, node
 * by node; for processors on which ONNX Runtime does not run.
 */
export async function openEngine(_options: { readonly threads: number }): Promise<Engine> {
  const tf = await findTensorFlow();
  const { version } = tf;
  return {
    name: 'tfjs',
    detail: `TensorFlow.js ${version['tfjs-core'] ?? version.tfjs}, ${tf.getBackend()}`,
    load: (model) => Promise.resolve(networkOf(tf, readOnnx(model))),
  };
}

function networkOf(tf: TensorFlow, graph: OnnxGraph): Network {
  const unknown = graph.nodes.find(({ opType }) => OPERATORS[opType] === undefined);
  if (unknown !== undefined) throw new Error(`this engine does not know ${unknown.opType}`);
  const constants = new Map<string, TfTensor>(
    Object.entries(graph.constants).map(([name, tensor]) => [name, constant(tf, tensor)]),
  );
  return {
    run: (inputs) => Promise.resolve(tf.tidy(() => runGraph(tf, graph, constants, inputs))),
    release() {
      for (const tensor of constants.values()) tensor.dispose();
      constants.clear();
      return Promise.resolve();
    },
  };
}

function runGraph(
  tf: TensorFlow,
  { nodes, outputs }: OnnxGraph,
  constants: ReadonlyMap<string, TfTensor>,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Float32Array> {
  const values = new Map<string, Value>();
  for (const [name, tensor] of constants) values.set(name, { tensor, planar: false });
  for (const [name, { type, data, dims }] of Object.entries(inputs)) {
    values.set(name, {
      tensor: tf.tensor(data, dims, type === 'uint8' ? 'int32' : 'float32'),
      planar: false,
    });
  }
  for (const node of nodes) {
    const given = node.input.filter((name) => name !== '').map((name) => values.get(name));
    const operator = OPERATORS[node.opType];
    const results = operator?.(tf, given as Value[], node) ?? [];
    for (const [i, name] of node.output.entries()) {
      const result = results[i];
      if (result !== undefined) values.set(name, result);
    }
  }
  const answers: Record<string, Float32Array> = {};
  for (const name of outputs) {
    const value = values.get(name);
    if (value !== undefined) answers[name] = Float32Array.from(plain(tf, value).dataSync());
  }
  return answers;
}
