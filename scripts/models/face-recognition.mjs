// face-api's port of dlib's ResNet: 150x150 to an embedding of 128 values.
import { denseLayer, foldInput, foldOutput } from './layer.mjs';
import { OnnxGraph } from './onnx-graph.mjs';
import { add, convolve, imageInput, pool, relu } from './operators.mjs';

const SIZE = 150;
const MEAN = [122.782, 117.001, 104.298];
const SAME = { pads: [1, 1, 1, 1] };

// Blocks in order; a block that halves says the sides before and the channels it adds.
const BLOCKS = [
  { name: 'conv32_1' },
  { name: 'conv32_2' },
  { name: 'conv32_3' },
  { name: 'conv64_down', halves: { side: 35, channels: 32 } },
  { name: 'conv64_1' },
  { name: 'conv64_2' },
  { name: 'conv64_3' },
  { name: 'conv128_down', halves: { side: 17, channels: 64 } },
  { name: 'conv128_1' },
  { name: 'conv128_2' },
  { name: 'conv256_down', halves: { side: 8, channels: 128 } },
  { name: 'conv256_1' },
  { name: 'conv256_2' },
  { name: 'conv256_down_out', halves: { side: 4, channels: 0 } },
];

export function buildFaceRecognition(weights) {
  const graph = new OnnxGraph('face-recognition');
  // The first layer pads nothing: mean and division are folded into it.
  const first = foldInput(layerOf(weights, 'conv32_down'), MEAN, 255);
  let x = relu(graph, convolve(graph, imageInput(graph, SIZE, SIZE), first, { stride: 2 }));
  x = pool(graph, 'MaxPool', x, 3, 2);
  for (const { name, halves } of BLOCKS) {
    x = halves ? residualDown(graph, x, weights, name, halves) : residual(graph, x, weights, name);
  }
  const features = graph.node('Flatten', [graph.node('GlobalAveragePool', [x])], { axis: 1 });
  const { shape, data } = weights.get('fc');
  const embedding = graph.node('MatMul', [features, graph.floats(data, shape)]);
  graph.output('embedding', embedding, ['n', 128]);
  return graph;
}

function residual(graph, x, weights, name) {
  const inner = relu(graph, convolve(graph, x, layerOf(weights, `${name}/conv1`), SAME));
  return relu(graph, add(graph, convolve(graph, inner, layerOf(weights, `${name}/conv2`), SAME), x));
}

function residualDown(graph, x, weights, name, { side, channels }) {
  const inner = relu(graph, convolve(graph, x, layerOf(weights, `${name}/conv1`), { stride: 2 }));
  let branch = convolve(graph, inner, layerOf(weights, `${name}/conv2`), SAME);
  let shortcut = pool(graph, 'AveragePool', x, 2, 2);
  const missing = Math.floor(side / 2) - (Math.floor((side - 3) / 2) + 1);
  // An even side leaves the branch one smaller than the shortcut: zeros at the bottom and right.
  if (missing > 0) branch = graph.node('Pad', [branch, graph.ints([0, 0, 0, 0, 0, 0, missing, missing])]);
  if (channels > 0) shortcut = graph.node('Pad', [shortcut, graph.ints([0, 0, 0, 0, 0, channels, 0, 0])]);
  return relu(graph, add(graph, branch, shortcut));
}

/** Convolution with its scale layer folded in. */
function layerOf(weights, name) {
  const layer = denseLayer(weights.get(`${name}/conv/filters`), weights.get(`${name}/conv/bias`));
  return foldOutput(
    layer,
    weights.get(`${name}/scale/weights`).data,
    weights.get(`${name}/scale/biases`).data,
  );
}
