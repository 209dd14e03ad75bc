// The part of the ONNX schema (onnx.proto, IR version 7) that our graphs need, as field numbers for protobufjs.
// Source: the Open Neural Network Exchange specification, https://onnx.ai/onnx/repo-docs/IR.html.
import protobuf from 'protobufjs';

const one = (id, type) => ({ id, type });
const many = (id, type) => ({ id, type, rule: 'repeated' });

const ROOT = protobuf.Root.fromJSON({
  nested: {
    onnx: {
      nested: {
        Model: {
          fields: {
            irVersion: one(1, 'int64'),
            producerName: one(2, 'string'),
            producerVersion: one(3, 'string'),
            docString: one(6, 'string'),
            graph: one(7, 'Graph'),
            opsetImport: many(8, 'OperatorSet'),
            metadataProps: many(14, 'Entry'),
          },
        },
        OperatorSet: { fields: { domain: one(1, 'string'), version: one(2, 'int64') } },
        Entry: { fields: { key: one(1, 'string'), value: one(2, 'string') } },
        Graph: {
          fields: {
            node: many(1, 'Node'),
            name: one(2, 'string'),
            initializer: many(5, 'Tensor'),
            input: many(11, 'ValueInfo'),
            output: many(12, 'ValueInfo'),
          },
        },
        Node: {
          fields: {
            input: many(1, 'string'),
            output: many(2, 'string'),
            name: one(3, 'string'),
            opType: one(4, 'string'),
            attribute: many(5, 'Attribute'),
          },
        },
        Attribute: {
          fields: {
            name: one(1, 'string'),
            f: one(2, 'float'),
            i: one(3, 'int64'),
            ints: many(8, 'int64'),
            type: one(20, 'int32'),
          },
        },
        Tensor: {
          fields: {
            dims: many(1, 'int64'),
            dataType: one(2, 'int32'),
            name: one(8, 'string'),
            rawData: one(9, 'bytes'),
          },
        },
        ValueInfo: { fields: { name: one(1, 'string'), type: one(2, 'Type') } },
        Type: { fields: { tensorType: one(1, 'TensorType') } },
        TensorType: { fields: { elemType: one(1, 'int32'), shape: one(2, 'Shape') } },
        Shape: { fields: { dim: many(1, 'Dimension') } },
        Dimension: { fields: { dimValue: one(1, 'int64'), dimParam: one(2, 'string') } },
      },
    },
  },
});

const MODEL = ROOT.lookupType('onnx.Model');

/** Element types by ONNX's numbers (TensorProto.DataType). */
export const ELEMENT = { float32: 1, uint8: 2, int64: 7 };

/** Attribute types by ONNX's numbers (AttributeProto.AttributeType). */
export const ATTRIBUTE = { float: 1, int: 2, ints: 7 };

/** @returns {Uint8Array} the model as an ONNX file's bytes */
export function encodeModel(model) {
  const fault = MODEL.verify(model);
  if (fault) throw new TypeError(`not an ONNX model: ${fault}`);
  return MODEL.encode(MODEL.create(model)).finish();
}

/** Back again, for tests that look into a built file. */
export function decodeModel(bytes) {
  return MODEL.toObject(MODEL.decode(bytes), { longs: Number, defaults: false });
}
