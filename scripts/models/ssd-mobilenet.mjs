// face-api's SSD on MobileNet v1 at 512x512: boxes decoded, scores of the class "face", no suppression of overlaps.
import { denseLayer, depthwiseLayer, foldBatchNorm, foldInputScale, samePadding } from './layer.mjs';
import { OnnxGraph } from './onnx-graph.mjs';
import { channelsLast, convolve, imageInput, subtractMean } from './operators.mjs';

const SIZE = 512;
const HALVING_BLOCKS = [2, 4, 6, 12];
const EPSILON = 0.0010000000474974513;
// Anchors of each prediction head and the numbers by which the training multiplied centres and sizes.
const HEAD_ANCHORS = [3, 6, 6, 6, 6, 6];
const CENTRE_FACTOR = 10;
const SIZE_FACTOR = 5;
const CLASSES = 3;
const FACE_CLASS = 1;
const ANCHORS = 5118;

export function buildSsdMobilenet(weights) {
  const graph = new OnnxGraph('ssd-mobilenet');
  // x / 127.5 - 1 is (x - 127.5) / 127.5; the division goes into the first layer.
  const image = {
    value: subtractMean(graph, imageInput(graph, SIZE, SIZE), [127.5, 127.5, 127.5]),
    side: SIZE,
  };
  const first = pointwiseLayer(weights, 'MobilenetV1/Conv2d_0_pointwise');
  let x = convolveClipped(graph, image, foldInputScale(first, 127.5), 2);
  const features = [];
  for (let i = 1; i <= 13; i++) {
    const deep = depthwise(weights, `MobilenetV1/Conv2d_${i}_depthwise`);
    x = convolveClipped(graph, x, deep, HALVING_BLOCKS.includes(i) ? 2 : 1);
    x = convolveClipped(graph, x, pointwiseLayer(weights, `MobilenetV1/Conv2d_${i}_pointwise`), 1);
    if (i === 11 || i === 13) features.push(x);
  }
  for (let i = 0; i < 8; i++) {
    x = convolveClipped(graph, x, pointwiseLayer(weights, `Prediction/Conv2d_${i}_pointwise`), 1 + (i % 2));
    if (i % 2 === 1) features.push(x);
  }
  const heads = features.map((feature, i) => predict(graph, feature, weights, i));
  decode(graph, graph.node('Concat', heads, { axis: 1 }), weights.get('Output/extra_dim').data);
  return graph;
}

function pointwiseLayer(weights, name) {
  return denseLayer(weights.get(`${name}/weights`), weights.get(`${name}/convolution_bn_offset`));
}

function depthwise(weights, name) {
  const of = (part) => weights.get(`${name}/BatchNorm/${part}`).data;
  return foldBatchNorm(depthwiseLayer(weights.get(`${name}/depthwise_weights`)), {
    mean: of('moving_mean'),
    variance: of('moving_variance'),
    gamma: of('gamma'),
    beta: of('beta'),
    epsilon: EPSILON,
  });
}

/** SAME convolution and the clipping to 0 to 6; the side is carried along for the padding. */
function convolveClipped(graph, { value, side }, layer, stride) {
  const pads = samePadding([side, side], layer.shape.slice(2), [stride, stride]);
  const convolved = convolve(graph, value, layer, { stride, pads });
  const clipped = graph.node('Clip', [convolved, graph.scalar(0), graph.scalar(6)]);
  return { value: clipped, side: Math.ceil(side / stride) };
}

/** One convolution gives for each anchor four numbers of the box and one score: [n, anchors here, 5]. */
function predict(graph, { value }, weights, head) {
  const name = `Prediction/BoxPredictor_${head}`;
  const layerOf = (part) =>
    denseLayer(weights.get(`${name}/${part}/weights`), weights.get(`${name}/${part}/biases`));
  const layer = interleave(layerOf('BoxEncodingPredictor'), layerOf('ClassPredictor'), HEAD_ANCHORS[head]);
  const convolved = channelsLast(graph, convolve(graph, value, layer));
  return graph.node('Reshape', [convolved, graph.ints([0, -1, 5])]);
}

function interleave(boxes, classes, anchors) {
  const inputs = boxes.shape[1];
  const kernel = new Float64Array(anchors * 5 * inputs);
  const bias = new Float64Array(anchors * 5);
  const take = (to, layer, from, divisor) => {
    for (let i = 0; i < inputs; i++) kernel[to * inputs + i] = layer.kernel[from * inputs + i] / divisor;
    bias[to] = layer.bias[from] / divisor;
  };
  for (let anchor = 0; anchor < anchors; anchor++) {
    for (let i = 0; i < 4; i++)
      take(anchor * 5 + i, boxes, anchor * 4 + i, i < 2 ? CENTRE_FACTOR : SIZE_FACTOR);
    take(anchor * 5 + 4, classes, anchor * CLASSES + FACE_CLASS, 1);
  }
  return { shape: [anchors * 5, inputs, 1, 1], kernel, bias, groups: 1 };
}

/** Anchors are [top, left, bottom, right]; the network moves their centres and stretches their sizes. */
function decode(graph, predictions, anchors) {
  const centres = new Float64Array(ANCHORS * 2);
  const sizes = new Float64Array(ANCHORS * 2);
  for (let i = 0; i < ANCHORS; i++) {
    for (const axis of [0, 1]) {
      sizes[i * 2 + axis] = anchors[i * 4 + 2 + axis] - anchors[i * 4 + axis];
      centres[i * 2 + axis] = anchors[i * 4 + axis] + sizes[i * 2 + axis] / 2;
    }
  }
  const shape = [1, ANCHORS, 2];
  const halves = sizes.map((size) => size / 2);
  const [move, stretch, score] = graph.nodeOf(3, 'Split', [predictions, graph.ints([2, 2, 1])], { axis: 2 });
  const moved = graph.node('Mul', [move, graph.floats(sizes, shape)]);
  const centre = graph.node('Add', [moved, graph.floats(centres, shape)]);
  const half = graph.node('Mul', [graph.node('Exp', [stretch]), graph.floats(halves, shape)]);
  const corners = [graph.node('Sub', [centre, half]), graph.node('Add', [centre, half])];
  graph.output('boxes', graph.node('Concat', corners, { axis: 2 }), ['n', ANCHORS, 4]);
  const scores = graph.node('Squeeze', [graph.node('Sigmoid', [score]), graph.ints([2])]);
  graph.output('scores', scores, ['n', ANCHORS]);
}
