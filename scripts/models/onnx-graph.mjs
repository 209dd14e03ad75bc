// Collects nodes and constants of one network and makes an ONNX file of them. Values are known by their names.
import { endianness } from 'node:os';
import { ATTRIBUTE, ELEMENT, encodeModel } from './onnx-schema.mjs';

const OPSET = 13;
const IR_VERSION = 7;

export class OnnxGraph {
  #name;
  #nodes = [];
  #constants = [];
  #inputs = [];
  #outputs = [];
  #shared = new Map();

  constructor(name) {
    this.#name = name;
  }

  /** Shapes hold numbers for fixed and words for free dimensions. Returns the name. */
  input(name, type, shape) {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Gives the value `from` its public name. */
  output(name, from, shape) {
    const maker = this.#nodes.find((node) => node.output.includes(from));
    if (maker === undefined) throw new Error(`${this.#name}: no node makes ${from}`);
    const rename = (each) => (each === from ? name : each);
    for (const node of this.#nodes) {
      node.input = node.input.map(rename);
      node.output = node.output.map(rename);
    }
    this.#outputs.push(valueInfo(name, 'float32', shape));
  }

  /** Float constant; `data` may be Float64Array of a folded layer, rounded once, here. */
  floats(data, shape) {
    return this.#constant(Float32Array.from(data), shape, 'float32');
  }

  /** Integer constant of one dimension (shapes, paddings, axes), or a scalar when `values` is a number. */
  ints(values) {
    const list = typeof values === 'number' ? [values] : values;
    const key = JSON.stringify(values);
    if (!this.#shared.has(key)) {
      const shape = typeof values === 'number' ? [] : [list.length];
      this.#shared.set(key, this.#constant(BigInt64Array.from(list, BigInt), shape, 'int64'));
    }
    return this.#shared.get(key);
  }

  scalar(value) {
    const key = `scalar ${value}`;
    if (!this.#shared.has(key)) this.#shared.set(key, this.floats([value], []));
    return this.#shared.get(key);
  }

  /** Adds a node with one output and returns the output's name. */
  node(opType, inputs, attributes = {}) {
    return this.nodeOf(1, opType, inputs, attributes)[0];
  }

  /** Adds a node with `count` outputs. */
  nodeOf(count, opType, inputs, attributes = {}) {
    const name = `${opType}_${this.#nodes.length}`;
    const output = Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}_${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => toAttribute(key, value));
    this.#nodes.push({ name, opType, input: inputs, output, attribute });
    return output;
  }

  /** @param {Record<string, string>} origin kept in the file: package, licence, what made it */
  encode(origin) {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: 'countersign build-models',
      opsetImport: [{ version: OPSET }],
      metadataProps: Object.entries(origin).map(([key, value]) => ({ key, value })),
      graph: {
        name: this.#name,
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
  }

  #constant(data, dims, type) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (size !== data.length) throw new Error(`${this.#name}: ${data.length} values do not fill [${dims}]`);
    const name = `constant_${this.#constants.length}`;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#constants.push({ name, dims, dataType: ELEMENT[type], rawData });
    return name;
  }
}

function valueInfo(name, type, shape) {
  const dim = shape.map((each) => (typeof each === 'number' ? { dimValue: each } : { dimParam: each }));
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim } } } };
}

function toAttribute(name, value) {
  if (Array.isArray(value)) return { name, type: ATTRIBUTE.ints, ints: value };
  if (Number.isInteger(value)) return { name, type: ATTRIBUTE.int, i: value };
  return { name, type: ATTRIBUTE.float, f: value };
}

// ONNX keeps raw values in little-endian order; so do all boards that this runs on.
if (endianness() !== 'LE') throw new Error('the networks can only be built on a little-endian machine');
