// TensorFlow's operators by name, each as `(graph, inputs, attributes, name) → value`. A value is
// `{name, side}`: the ONNX name, and [height, width] while the value is a picture of channels;
// or `{constant}`: a weight that the operator places itself.
import { denseLayer, depthwiseLayer, samePadding } from './layer.mjs';
import { add, channelsLast, convolve, relu } from './operators.mjs';

const padsOf = (padding, side, window, strides) =>
  padding === 'SAME' ? samePadding(side, window, strides) : [0, 0, 0, 0];

const sideAfter = (side, window, strides, pads) =>
  side.map(
    (each, axis) => Math.floor((each + pads[axis] + pads[axis + 2] - window[axis]) / strides[axis]) + 1,
  );

function convolution(graph, x, layer, { padding, strides }) {
  const window = layer.shape.slice(2);
  const pads = padsOf(padding, x.side, window, strides);
  const name = convolve(graph, x.name, layer, { stride: strides, pads });
  return { name, side: sideAfter(x.side, window, strides, pads) };
}

function fusedConvolution(graph, [x, kernel, bias, slopes], attributes) {
  const value = convolution(graph, x, denseLayer(kernel.constant, bias.constant), attributes);
  if (attributes.fused.includes('Relu')) return { ...value, name: relu(graph, value.name) };
  if (attributes.fused.includes('Prelu')) return parametricRelu(graph, [value, slopes]);
  return value;
}

/** One slope for each channel. */
function parametricRelu(graph, [x, slopes]) {
  const { data } = slopes.constant;
  return { ...x, name: graph.node('PRelu', [x.name, graph.floats(data, [data.length, 1, 1])]) };
}

function maxPool(graph, [x], { padding, strides, window }) {
  const pads = padsOf(padding, x.side, window, strides);
  return {
    name: graph.node('MaxPool', [x.name], { kernel_shape: window, strides, pads }),
    side: sideAfter(x.side, window, strides, pads),
  };
}

/** The paddings are pairs in the order n, height, width, channels. */
function pad(graph, [x, paddings]) {
  const [, , top, bottom, left, right, front, back] = paddings.constant.data;
  return {
    name: graph.node('Pad', [x.name, graph.ints([0, front, top, left, 0, back, bottom, right])]),
    side: [x.side[0] + top + bottom, x.side[1] + left + right],
  };
}

/** The first dimension stays the number of pictures, whatever the graph was written for. */
function reshape(graph, [x, shape]) {
  const name = x.side ? channelsLast(graph, x.name) : x.name;
  return { name: graph.node('Reshape', [name, graph.ints([0, ...shape.constant.data.slice(1)])]) };
}

/** Joins values; of pictures the channels (axis 3 in TensorFlow's order). */
function concat(graph, inputs, _attributes, name) {
  const axis = inputs.at(-1).constant.data[0];
  const values = inputs.slice(0, -1);
  const pictures = values.every(({ side }) => side !== undefined);
  if (!pictures || (axis !== 3 && axis !== -1))
    throw new Error(`${name}: can only join channels of pictures`);
  return {
    ...values[0],
    name: graph.node(
      'Concat',
      values.map((value) => value.name),
      { axis: 1 },
    ),
  };
}

export const OPERATORS = {
  _FusedConv2D: fusedConvolution,
  DepthwiseConv2dNative: (graph, [x, kernel], attributes) =>
    convolution(graph, x, depthwiseLayer(kernel.constant), attributes),
  AddV2: (graph, [a, b]) => ({ ...a, name: add(graph, a.name, b.name) }),
  Relu: (graph, [x]) => ({ ...x, name: relu(graph, x.name) }),
  Prelu: parametricRelu,
  Sigmoid: (graph, [x]) => ({ ...x, name: graph.node('Sigmoid', [x.name]) }),
  MaxPool: maxPool,
  Pad: pad,
  Reshape: reshape,
  ConcatV2: concat,
  Identity: (_graph, [x]) => x,
};
