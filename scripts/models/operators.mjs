// The operators that several networks share, on values in the order [n, channels, height, width].

/** uint8 [n, height, width, 3] RGB as cameras and decoders give it, to float32 [n, 3, height, width] of 0 to 255. */
export function imageInput(graph, height, width) {
  const image = graph.input('image', 'uint8', ['n', height, width, 3]);
  return graph.node('Cast', [graph.node('Transpose', [image], { perm: [0, 3, 1, 2] })], { to: 1 });
}

/** Takes a mean colour from the picture, where the layer that follows pads with zeros. */
export function subtractMean(graph, x, mean) {
  return graph.node('Sub', [x, graph.floats(mean, [mean.length, 1, 1])]);
}

/** @param {number[]} pads `[top, left, bottom, right]` */
export function convolve(graph, x, layer, { stride = 1, pads = [0, 0, 0, 0] } = {}) {
  const [, , height, width] = layer.shape;
  const strides = Array.isArray(stride) ? stride : [stride, stride];
  const inputs = [x, graph.floats(layer.kernel, layer.shape)];
  if (layer.bias.some((value) => value !== 0)) inputs.push(graph.floats(layer.bias, [layer.bias.length]));
  const attributes = { kernel_shape: [height, width], strides, pads, group: layer.groups };
  return graph.node('Conv', inputs, attributes);
}

export function pool(graph, opType, x, size, stride, pads = [0, 0, 0, 0]) {
  return graph.node(opType, [x], { kernel_shape: [size, size], strides: [stride, stride], pads });
}

export const relu = (graph, x) => graph.node('Relu', [x]);

export const add = (graph, a, b) => graph.node('Add', [a, b]);

/** To [n, height, width, channels], the order in which TensorFlow's networks give their results. */
export const channelsLast = (graph, x) => graph.node('Transpose', [x], { perm: [0, 2, 3, 1] });
