// face-api's 68 landmarks: four dense blocks of separable convolutions on 112x112, then one matrix.
import { denseLayer, depthwiseLayer, foldInputScale } from './layer.mjs';
import { OnnxGraph } from './onnx-graph.mjs';
import { add, convolve, imageInput, relu, subtractMean } from './operators.mjs';

const SIZE = 112;
const MEAN = [122.782, 117.001, 104.298];
// SAME with stride 2 on an even side pads one row and column, at the end.
const HALVING = { stride: 2, pads: [0, 0, 1, 1] };
const KEEPING = { stride: 1, pads: [1, 1, 1, 1] };

export function buildLandmarks68(weights) {
  const graph = new OnnxGraph('landmarks-68');
  const first = denseLayer(weights.get('dense0/conv0/filters'), weights.get('dense0/conv0/bias'));
  const image = subtractMean(graph, imageInput(graph, SIZE, SIZE), MEAN);
  let x = denseBlock(graph, convolve(graph, image, foldInputScale(first, 255), HALVING), weights, 'dense0');
  for (const name of ['dense1', 'dense2', 'dense3']) {
    x = denseBlock(graph, separable(graph, x, weights, `${name}/conv0`, HALVING), weights, name);
  }
  // 7x7 are left: face-api's 7x7 average is the average of all.
  const features = graph.node('Flatten', [graph.node('GlobalAveragePool', [x])], { axis: 1 });
  const { shape, data } = weights.get('fc/weights');
  const bias = weights.get('fc/bias');
  const points = graph.node('Gemm', [
    features,
    graph.floats(data, shape),
    graph.floats(bias.data, bias.shape),
  ]);
  graph.output('points', points, ['n', 136]);
  return graph;
}

/** Each convolution sees the sum of all results before it. */
function denseBlock(graph, first, weights, name) {
  let sum = relu(graph, first);
  let seen = sum;
  for (let i = 1; i <= 3; i++) {
    sum = add(graph, sum, separable(graph, seen, weights, `${name}/conv${i}`, KEEPING));
    seen = relu(graph, sum);
  }
  return seen;
}

function separable(graph, x, weights, name, shape) {
  const deep = convolve(graph, x, depthwiseLayer(weights.get(`${name}/depthwise_filter`)), shape);
  return convolve(
    graph,
    deep,
    denseLayer(weights.get(`${name}/pointwise_filter`), weights.get(`${name}/bias`)),
  );
}
