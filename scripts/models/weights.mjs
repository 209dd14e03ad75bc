// TensorFlow.js weight files: a list of tensors and one run of bytes, each tensor plain or quantised.
import { ModelFault } from './fault.mjs';

const BYTES = { uint8: 1, uint16: 2, float16: 2, float32: 4, int32: 4 };

/**
 * @param {string} id network, for the message
 * @param {{name: string, shape: number[], dtype: string, quantization?: object}[]} specs in the order of the bytes
 * @param {Uint8Array} bytes
 * @returns {Map<string, {shape: number[], data: Float32Array | Int32Array}>}
 * @throws {ModelFault} the bytes are too few or too many, or a type is unknown
 */
export function readWeights(id, specs, bytes) {
  const tensors = new Map();
  let offset = 0;
  for (const spec of specs) {
    const count = spec.shape.reduce((product, dim) => product * dim, 1);
    const stored = spec.quantization?.dtype ?? spec.dtype;
    const length = count * (BYTES[stored] ?? Number.NaN);
    if (Number.isNaN(length)) throw broken(id, `${spec.name} has the unknown type ${stored}`);
    if (offset + length > bytes.length) throw broken(id, `the bytes end within ${spec.name}`);
    tensors.set(spec.name, {
      shape: spec.shape,
      data: dequantise(spec, bytes.subarray(offset, offset + length)),
    });
    offset += length;
  }
  if (offset !== bytes.length) throw broken(id, `${bytes.length - offset} bytes are left over`);
  return tensors;
}

/** value = stored number × scale + min, in single precision as TensorFlow.js computes it. */
export function dequantise(spec, bytes) {
  // A copy of its own, so that it begins on a boundary of every type.
  const { buffer } = Uint8Array.from(bytes);
  if (spec.quantization === undefined) {
    return spec.dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
  }
  const { dtype, scale, min } = spec.quantization;
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(buffer), fromHalf);
  const stored = dtype === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer);
  if (spec.dtype === 'int32') return Int32Array.from(stored, (value) => Math.round(value * scale + min));
  return Float32Array.from(stored, (value) => value * scale + min);
}

/** IEEE 754 binary16 to a number. */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function broken(id, what) {
  return new ModelFault(
    `${id}: the weights do not fit their list: ${what}.`,
    "Delete the package's directory under node_modules, run 'npm ci', then 'node scripts/build-models' again.",
  );
}
