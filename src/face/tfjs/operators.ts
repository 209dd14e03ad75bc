import type { OnnxNode, OnnxTensor } from './onnx-file.js';
import type { TensorFlow, TfTensor } from './tensorflow.js';

/**
 * A value of a graph. ONNX keeps pictures as N,C,H,W and TensorFlow.js as N,H,W,C: `planar` values are N,C,H,W in the
 * graph's eyes and N,H,W,C in memory, so that nothing is moved about between two convolutions.
 */
export interface Value {
  readonly tensor: TfTensor;
  readonly planar: boolean;
}

export type Operator = (tf: TensorFlow, inputs: readonly Value[], node: OnnxNode) => Value[];

const NHWC = [0, 2, 3, 1];
const NCHW = [0, 3, 1, 2];

/** As the graph sees it. */
export function plain(tf: TensorFlow, { tensor, planar }: Value): TfTensor {
  return planar ? tf.transpose(tensor, NCHW) : tensor;
}

/** In memory as TensorFlow.js wants pictures. Constants for each channel come as [C,1,1] or [1,C,1,1]. */
function picture(tf: TensorFlow, { tensor, planar }: Value): TfTensor {
  if (planar) return tensor;
  if (tensor.rank === 3) return tf.transpose(tf.reshape(tensor, [1, ...tensor.shape]), NHWC);
  return tensor.rank === 4 ? tf.transpose(tensor, NHWC) : tensor;
}

const one = (tensor: TfTensor, planar = false): Value[] => [{ tensor, planar }];

/** The same for every number: in whatever layout it is. */
const each =
  (run: (tf: TensorFlow, x: TfTensor, node: OnnxNode) => TfTensor): Operator =>
  (tf, [x], node) => {
    const { tensor, planar } = given(x);
    return one(run(tf, tensor, node), planar);
  };

const pairs =
  (name: 'add' | 'sub' | 'mul' | 'div'): Operator =>
  (tf, [a, b]) => {
    const planar = given(a).planar || given(b).planar;
    const layout = planar ? picture : plain;
    return one(tf[name](layout(tf, given(a)), layout(tf, given(b))), planar);
  };

const pool =
  (name: 'maxPool' | 'avgPool'): Operator =>
  (tf, [x], node) => {
    const size = numbers(node, 'kernel_shape') as [number, number];
    return one(tf[name](picture(tf, given(x)), size, stridesOf(node), padsOf(node)), true);
  };

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: pairs('add'),
  Sub: pairs('sub'),
  Mul: pairs('mul'),
  Div: pairs('div'),
  Relu: each((tf, x) => tf.relu(x)),
  Sigmoid: each((tf, x) => tf.sigmoid(x)),
  Exp: each((tf, x) => tf.exp(x)),
  Cast: each((tf, x) => tf.cast(x, 'float32')),
  LeakyRelu: each((tf, x, node) => tf.leakyRelu(x, number(node, 'alpha', 0.01))),
  MaxPool: pool('maxPool'),
  AveragePool: pool('avgPool'),
  Conv: convolve,
  PRelu: (tf, [x, slope]) => one(tf.prelu(picture(tf, given(x)), picture(tf, given(slope))), true),
  GlobalAveragePool: (tf, [x]) => one(tf.mean(picture(tf, given(x)), [1, 2], true), true),
  Clip: (tf, [x, least, most]) => {
    const { tensor, planar } = given(x);
    return one(tf.clipByValue(tensor, scalar(least, -3.4e38), scalar(most, 3.4e38)), planar);
  },
  Transpose: transpose,
  Flatten: (tf, [x]) => {
    const tensor = plain(tf, given(x));
    return one(tf.reshape(tensor, [tensor.shape[0] ?? 1, -1]));
  },
  Reshape: (tf, [x, shape]) => {
    const tensor = plain(tf, given(x));
    const wanted = [...given(shape).tensor.dataSync()];
    return one(
      tf.reshape(
        tensor,
        wanted.map((size, i) => (size === 0 ? (tensor.shape[i] ?? 1) : size)),
      ),
    );
  },
  Squeeze: (tf, [x, axes]) => one(tf.squeeze(plain(tf, given(x)), [...given(axes).tensor.dataSync()])),
  Concat: (tf, inputs, node) =>
    one(
      tf.concat(
        inputs.map((each) => plain(tf, each)),
        number(node, 'axis', 0),
      ),
    ),
  Split: (tf, [x, sizes], node) =>
    tf
      .split(plain(tf, given(x)), [...given(sizes).tensor.dataSync()], number(node, 'axis', 0))
      .map((tensor) => ({ tensor, planar: false })),
  Softmax: (tf, [x], node) => one(tf.softmax(plain(tf, given(x)), number(node, 'axis', -1))),
  MatMul: (tf, [a, b]) => one(tf.matMul(plain(tf, given(a)), plain(tf, given(b)))),
  Gemm: (tf, [a, b, c], node) => {
    const product = tf.matMul(
      plain(tf, given(a)),
      plain(tf, given(b)),
      number(node, 'transA', 0) === 1,
      number(node, 'transB', 0) === 1,
    );
    return one(c === undefined ? product : tf.add(product, plain(tf, c)));
  },
  Pad: (tf, [x, pads]) => {
    const [n0, c0, h0, w0, n1, c1, h1, w1] = [...given(pads).tensor.dataSync()] as Eight;
    return one(
      tf.pad(picture(tf, given(x)), [
        [n0, n1],
        [h0, h1],
        [w0, w1],
        [c0, c1],
      ]),
      true,
    );
  },
  Constant: (tf, _inputs, { attributes: { value } }) => one(constant(tf, value as OnnxTensor)),
};

type Eight = [number, number, number, number, number, number, number, number];

export function constant(tf: TensorFlow, { dims, data }: OnnxTensor): TfTensor {
  return tf.tensor(data, dims, data instanceof Int32Array ? 'int32' : 'float32');
}

function convolve(tf: TensorFlow, [x, weights, bias]: readonly Value[], node: OnnxNode): Value[] {
  const filter = given(weights).tensor;
  const group = number(node, 'group', 1);
  const input = picture(tf, given(x));
  const deep = group > 1;
  if (deep && filter.shape[1] !== 1) throw new Error('convolutions in groups are not known');
  // [out, in, height, width] becomes [height, width, in, out]; of a depthwise one [height, width, channels, 1].
  const turned = tf.transpose(filter, deep ? [2, 3, 0, 1] : [2, 3, 1, 0]);
  const run = deep ? tf.depthwiseConv2d : tf.conv2d;
  const result = run(input, turned, stridesOf(node), padsOf(node));
  return one(bias === undefined ? result : tf.add(result, bias.tensor), true);
}

/** From N,H,W,C to the graph's N,C,H,W and back only the eyes change. */
function transpose(tf: TensorFlow, [x]: readonly Value[], node: OnnxNode): Value[] {
  const order = numbers(node, 'perm');
  const { tensor, planar } = given(x);
  if (!planar && order.join() === NCHW.join()) return one(tensor, true);
  if (planar && order.join() === NHWC.join()) return one(tensor);
  return one(tf.transpose(plain(tf, given(x)), order));
}

function stridesOf(node: OnnxNode): [number, number] {
  const [down = 1, across = 1] = numbers(node, 'strides');
  return [down, across];
}

function padsOf(node: OnnxNode): [[number, number], [number, number], [number, number], [number, number]] {
  const [top = 0, left = 0, bottom = 0, right = 0] = numbers(node, 'pads');
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function numbers({ attributes }: OnnxNode, name: string): readonly number[] {
  const { [name]: value } = attributes;
  return Array.isArray(value) ? (value as readonly number[]) : [];
}

function number({ attributes }: OnnxNode, name: string, usual: number): number {
  const { [name]: value } = attributes;
  return typeof value === 'number' ? value : usual;
}

function scalar(value: Value | undefined, usual: number): number {
  return value?.tensor.dataSync()[0] ?? usual;
}

function given(value: Value | undefined): Value {
  if (value === undefined) throw new Error('an input of a node is missing');
  return value;
}
