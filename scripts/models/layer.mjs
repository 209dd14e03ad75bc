// One convolution as numbers: kernel in ONNX's order [out, in / groups, height, width] and a bias, both in double
// precision, so that what comes before and after can be folded in and the result is rounded only once.

/** From a TensorFlow kernel [height, width, in, out]. */
export function denseLayer({ shape: [height, width, inputs, outputs], data }, bias) {
  const kernel = new Float64Array(data.length);
  const area = height * width;
  for (let at = 0, i = 0; at < area; at++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++, i++)
        kernel[(output * inputs + input) * area + at] = data[i];
    }
  }
  return { shape: [outputs, inputs, height, width], kernel, bias: biasOf(bias, outputs), groups: 1 };
}

/** From a TensorFlow depthwise kernel [height, width, channels, 1]. */
export function depthwiseLayer({ shape: [height, width, channels, multiplier], data }, bias) {
  const outputs = channels * multiplier;
  const kernel = new Float64Array(data.length);
  const area = height * width;
  for (let at = 0, i = 0; at < area; at++) {
    for (let output = 0; output < outputs; output++, i++) kernel[output * area + at] = data[i];
  }
  return { shape: [outputs, 1, height, width], kernel, bias: biasOf(bias, outputs), groups: channels };
}

const biasOf = (bias, outputs) => (bias ? Float64Array.from(bias.data) : new Float64Array(outputs));

/** The layer followed by `y × scale + offset` for each channel (a scale layer). */
export function foldOutput(layer, scale, offset) {
  const size = layer.kernel.length / layer.bias.length;
  return {
    ...layer,
    kernel: layer.kernel.map((value, i) => value * scale[Math.floor(i / size)]),
    bias: layer.bias.map((value, channel) => value * scale[channel] + offset[channel]),
  };
}

/** The layer followed by a batch normalisation. */
export function foldBatchNorm(layer, { mean, variance, gamma, beta, epsilon }) {
  const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i] + epsilon));
  return foldOutput(
    layer,
    scale,
    Float64Array.from(beta, (value, i) => value - mean[i] * scale[i]),
  );
}

/** The layer preceded by `x / divisor`; exact with any padding by zeros. */
export function foldInputScale(layer, divisor) {
  return { ...layer, kernel: layer.kernel.map((value) => value / divisor) };
}

/** The layer preceded by `(x - mean) / divisor`; only for a layer without padding, where no zero stands for a mean. */
export function foldInput(layer, mean, divisor) {
  const [, inputs, height, width] = layer.shape;
  const scaled = foldInputScale(layer, divisor);
  const bias = Float64Array.from(layer.bias);
  scaled.kernel.forEach((value, i) => {
    bias[Math.floor(i / (inputs * height * width))] -=
      value * mean[Math.floor(i / (height * width)) % inputs];
  });
  return { ...scaled, bias };
}

/** `[top, left, bottom, right]` by which TensorFlow's SAME pads an input of `size` ([height, width]). */
export function samePadding(size, kernel, stride) {
  const total = size.map((each, axis) =>
    Math.max((Math.ceil(each / stride[axis]) - 1) * stride[axis] + kernel[axis] - each, 0),
  );
  const before = total.map((each) => Math.floor(each / 2));
  return [...before, ...total.map((each, axis) => each - before[axis])];
}
