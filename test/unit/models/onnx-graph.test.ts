import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { OnnxGraph } from '../../../scripts/models/onnx-graph.mjs';
import { decodeModel } from '../../../scripts/models/onnx-schema.mjs';

function doubled(): OnnxGraph {
  const graph = new OnnxGraph('doubled');
  const image = graph.node('Cast', [graph.input('image', 'uint8', ['n', 2])], { to: 1 });
  const twice = graph.node('Mul', [image, graph.scalar(2)]);
  graph.output('twice', graph.node('Add', [twice, graph.floats([0.5, -0.5], [2])]), ['n', 2]);
  return graph;
}

describe('an ONNX graph', () => {
  it('runs in ONNX Runtime', async () => {
    const session = await InferenceSession.create(doubled().encode({}));
    const { twice } = await session.run({ image: new Tensor('uint8', [1, 2, 3, 255], [2, 2]) });
    expect(twice?.data).toEqual(Float32Array.of(2.5, 3.5, 6.5, 509.5));
    await session.release();
  });

  it('tells where it comes from, its inputs and outputs', () => {
    const model = decodeModel(doubled().encode({ source: 'npm:somewhere', licence: 'MIT' }));
    expect(model.opsetImport).toEqual([{ version: 13 }]);
    expect(model.metadataProps).toEqual([
      { key: 'source', value: 'npm:somewhere' },
      { key: 'licence', value: 'MIT' },
    ]);
    expect(model.graph.input.map(({ name }) => name)).toEqual(['image']);
    expect(model.graph.output[0]?.type.tensorType.shape.dim).toEqual([{ dimParam: 'n' }, { dimValue: 2 }]);
  });

  it('is the same bytes each time', () => {
    expect(doubled().encode({})).toEqual(doubled().encode({}));
  });

  it('refuses a constant that does not fill its shape, and an output that nothing makes', () => {
    const graph = new OnnxGraph('wrong');
    expect(() => graph.floats([1, 2, 3], [2, 2])).toThrow('wrong: 3 values do not fill [2,2]');
    expect(() => graph.output('out', 'nothing', [1])).toThrow('wrong: no node makes nothing');
  });
});
