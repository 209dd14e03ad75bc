import protobuf from 'protobufjs';

/** What of an ONNX file is needed to run it: the graph, its constants, its ends (onnx.proto, IR version 7). */

export interface OnnxNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly opType: string;
  /** Numbers and lists of numbers by name; a constant's tensor under `value`. */
  readonly attributes: Readonly<Record<string, number | readonly number[] | OnnxTensor>>;
}

export interface OnnxTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: Readonly<Record<string, OnnxTensor>>;
  readonly outputs: readonly string[];
}

const SCHEMA = `syntax = "proto3";
message Model { Graph graph = 7; }
message Graph { repeated Node node = 1; repeated Tensor initializer = 5; repeated Value output = 12; }
message Value { string name = 1; }
message Node {
  repeated string input = 1; repeated string output = 2; string opType = 4; repeated Attribute attribute = 5;
}
message Attribute {
  string name = 1; float f = 2; int64 i = 3; Tensor t = 5; repeated float floats = 7; repeated int64 ints = 8;
  int32 type = 20;
}
message Tensor {
  repeated int64 dims = 1; int32 dataType = 2; repeated float floatData = 4; repeated int64 int64Data = 7;
  string name = 8; bytes rawData = 9;
}`;
const Model = protobuf.parse(SCHEMA).root.lookupType('Model');

interface RawTensor {
  dims: number[];
  dataType: number;
  floatData: number[];
  int64Data: number[];
  name: string;
  rawData: Uint8Array;
}
interface RawAttribute {
  name: string;
  f: number;
  i: number;
  t?: RawTensor;
  floats: number[];
  ints: number[];
  type: number;
}
interface RawGraph {
  node: { input: string[]; output: string[]; opType: string; attribute: RawAttribute[] }[];
  initializer: RawTensor[];
  output: { name: string }[];
}

/** Reads a file. Throws a plain error for what is none, or holds numbers other than float32 and int64. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const decoded = Model.toObject(Model.decode(bytes), { longs: Number, defaults: true, arrays: true });
  const graph = decoded['graph'] as RawGraph | null;
  if (graph === null) throw new Error('no ONNX graph');
  return {
    nodes: graph.node.map(({ input, output, opType, attribute }) => ({
      input,
      output,
      opType,
      attributes: Object.fromEntries(attribute.map((each) => [each.name, attributeOf(each)])),
    })),
    constants: Object.fromEntries(graph.initializer.map((tensor) => [tensor.name, tensorOf(tensor)])),
    outputs: graph.output.map(({ name }) => name),
  };
}

const TYPE = { float: 1, int: 2, tensor: 4, floats: 6, ints: 7 };

function attributeOf({ type, f, i, t, floats, ints }: RawAttribute): number | readonly number[] | OnnxTensor {
  switch (type) {
    case TYPE.float:
      return f;
    case TYPE.int:
      return i;
    case TYPE.floats:
      return floats;
    case TYPE.ints:
      return ints;
    case TYPE.tensor:
      return tensorOf(t as RawTensor);
    default:
      return 0;
  }
}

function tensorOf({ dims, dataType, rawData, floatData, int64Data }: RawTensor): OnnxTensor {
  // A copy: the bytes of the file lie at any address.
  const raw = Uint8Array.from(rawData).buffer;
  if (dataType === 1)
    return { dims, data: raw.byteLength > 0 ? new Float32Array(raw) : Float32Array.from(floatData) };
  if (dataType === 7) {
    const whole = raw.byteLength > 0 ? [...new BigInt64Array(raw)].map(Number) : int64Data;
    return {
      dims,
      data: Int32Array.from(whole, (value) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))),
    };
  }
  throw new Error(`numbers of type ${dataType} in a network`);
}
