// face-api's tiny face detector (a small YOLO v2 with separable convolutions), for pictures of any multiple of 32.
import { denseLayer, depthwiseLayer, foldInput } from './layer.mjs';
import { OnnxGraph } from './onnx-graph.mjs';
import { channelsLast, convolve, imageInput, pool } from './operators.mjs';

const MEAN = [117.001, 114.697, 97.404];
const SLOPE = 0.1;

export function buildTinyFaceDetector(weights) {
  const graph = new OnnxGraph('tiny-face-detector');
  // The first layer pads nothing: mean and division are folded into it.
  const first = denseLayer(weights.get('conv0/filters'), weights.get('conv0/bias'));
  let x = leaky(graph, convolve(graph, imageInput(graph, 'h', 'w'), foldInput(first, MEAN, 255)));
  x = pool(graph, 'MaxPool', x, 2, 2);
  for (let i = 1; i <= 5; i++) {
    x = leaky(graph, separable(graph, x, weights, `conv${i}`));
    // After the first layer a side is h/2 - 1, an odd number, and SAME pads one at the end; later sides are even.
    // The last pooling moves by one and keeps the size.
    if (i === 1) x = pool(graph, 'MaxPool', x, 2, 2, [0, 0, 1, 1]);
    else if (i < 5) x = pool(graph, 'MaxPool', x, 2, 2);
    else x = pool(graph, 'MaxPool', x, 2, 1, [0, 0, 1, 1]);
  }
  x = convolve(graph, x, denseLayer(weights.get('conv8/filters'), weights.get('conv8/bias')));
  graph.output('grid', channelsLast(graph, x), ['n', 'rows', 'columns', 25]);
  return graph;
}

function separable(graph, x, weights, name) {
  const deep = convolve(graph, x, depthwiseLayer(weights.get(`${name}/depthwise_filter`)), {
    pads: [1, 1, 1, 1],
  });
  return convolve(
    graph,
    deep,
    denseLayer(weights.get(`${name}/pointwise_filter`), weights.get(`${name}/bias`)),
  );
}

const leaky = (graph, x) => graph.node('LeakyRelu', [x], { alpha: SLOPE });
