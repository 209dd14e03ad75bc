// Converts a TensorFlow.js graph model: walks from the wanted results back to the picture and translates each node.
// Values stay in the order [n, channels, height, width] until a node needs TensorFlow's order.
import { ModelFault } from './fault.mjs';
import { OPERATORS } from './graph-operators.mjs';
import { OnnxGraph } from './onnx-graph.mjs';
import { imageInput } from './operators.mjs';

/**
 * @param {object} network entry of models/manifest.json; its `normalise` is `x / divisor - minus`, and each output
 *   names in `from` the graph's results that it consists of, joined along axis 1
 * @param {{node: object[]}} topology
 * @param {Map<string, {shape: number[], data: Float32Array | Int32Array}>} weights
 */
export function convertGraphModel(network, topology, weights) {
  const graph = new OnnxGraph(network.id);
  const nodes = new Map(topology.node.map((node) => [node.name, node]));
  const values = new Map();

  const lookUp = (reference) => {
    const name = reference.split(':')[0];
    if (!values.has(name)) values.set(name, translate(name));
    return values.get(name);
  };
  const translate = (name) => {
    const node = nodes.get(name);
    if (node === undefined) throw unknown(network, `has no node ${name}`);
    if (node.op === 'Const') return { constant: weights.get(name) };
    if (node.op === 'Placeholder') return picture(graph, network);
    const operator = OPERATORS[node.op];
    if (operator === undefined) throw unknown(network, `uses the operator ${node.op}`);
    return operator(graph, (node.input ?? []).map(lookUp), readAttributes(node.attr ?? {}), name);
  };

  for (const output of network.outputs) addOutput(graph, output, output.from.map(lookUp));
  return graph;
}

function picture(graph, { inputs: [input], normalise: { divisor, minus } }) {
  const [, height, width] = input.shape;
  let name = imageInput(graph, height, width);
  if (minus !== 0) name = graph.node('Sub', [name, graph.scalar(minus * divisor)]);
  return { name: graph.node('Mul', [name, graph.scalar(1 / divisor)]), side: [height, width] };
}

function addOutput(graph, { name, shape }, parts) {
  const flat = parts.map((part) => {
    if (part.side === undefined) return part.name;
    return graph.node('Transpose', [part.name], { perm: [0, 2, 3, 1] });
  });
  const joined = flat.length > 1 ? graph.node('Concat', flat, { axis: 1 }) : flat[0];
  const shaped = graph.node('Reshape', [joined, graph.ints([0, ...shape.slice(1)])]);
  graph.output(name, shaped, shape);
}

/** TensorFlow.js writes integers as text and text as base64. */
function readAttributes(attributes) {
  const text = (value) => Buffer.from(value, 'base64').toString('latin1');
  return {
    strides: attributes.strides?.list.i.slice(1, 3).map(Number),
    window: attributes.ksize?.list.i.slice(1, 3).map(Number),
    padding: attributes.padding && text(attributes.padding.s),
    fused: attributes.fused_ops?.list.s?.map(text) ?? [],
  };
}

function unknown(network, what) {
  return new ModelFault(
    `${network.id}: the graph ${what}, which the converter does not know.`,
    'Teach it in scripts/models/graph-operators.mjs, then measure the network anew.',
  );
}
