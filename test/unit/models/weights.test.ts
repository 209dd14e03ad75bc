import { describe, expect, it } from 'vitest';
import { ModelFault } from '../../../scripts/models/fault.mjs';
import { dequantise, fromHalf, readWeights, type TensorSpec } from '../../../scripts/models/weights.mjs';

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

describe('dequantise', () => {
  it('gives number × scale + min for one byte and for two, rounded to single precision', () => {
    const spec = (dtype: string): TensorSpec => ({
      name: 'a',
      shape: [3],
      dtype: 'float32',
      quantization: { dtype, scale: 0.1, min: -1 },
    });
    const expected = Float32Array.from([-1, 0, 24.5]);
    expect(dequantise(spec('uint8'), Uint8Array.of(0, 10, 255))).toEqual(expected);
    expect(dequantise(spec('uint16'), bytesOf(Uint16Array.of(0, 10, 255)))).toEqual(expected);
  });

  it('rounds integers', () => {
    const spec = {
      name: 'a',
      shape: [2],
      dtype: 'int32',
      quantization: { dtype: 'uint8', scale: 1, min: 2.4 },
    };
    expect(dequantise(spec, Uint8Array.of(0, 1))).toEqual(Int32Array.of(2, 3));
  });

  it('leaves plain values as they are, wherever their bytes begin', () => {
    const bytes = new Uint8Array(9);
    bytes.set(bytesOf(Float32Array.of(1.5, -2)), 1);
    const plain = { name: 'a', shape: [2], dtype: 'float32' };
    expect(dequantise(plain, bytes.subarray(1))).toEqual(Float32Array.of(1.5, -2));
  });

  it.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0x0000, 0],
  ])('reads half precision 0x%s as %s', (bits, value) => {
    expect(fromHalf(bits)).toBe(value);
  });

  it('reads a half that is no number', () => {
    expect(fromHalf(0x7e00)).toBeNaN();
  });
});

describe('readWeights', () => {
  const specs: TensorSpec[] = [
    { name: 'kernel', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 1, min: 0 } },
    { name: 'scalar', shape: [], dtype: 'int32' },
  ];
  const bytes = Uint8Array.of(1, 2, 3, 4, 7, 0, 0, 0);

  it('cuts the bytes in the order of the list', () => {
    const weights = readWeights('some-network', specs, bytes);
    expect(weights.get('kernel')).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    expect(weights.get('scalar')).toEqual({ shape: [], data: Int32Array.of(7) });
  });

  it.each([
    ['too few bytes', specs, bytes.subarray(0, 7), /some-network: .*end within scalar/],
    ['too many bytes', specs, Uint8Array.of(...bytes, 0), /some-network: .*1 bytes are left over/],
    [
      'an unknown type',
      [{ name: 'x', shape: [1], dtype: 'complex64' }],
      bytes,
      /x has the unknown type complex64/,
    ],
  ] as [string, TensorSpec[], Uint8Array, RegExp][])(
    'refuses %s and says what to do',
    (_what, list, given, says) => {
      const read = () => readWeights('some-network', list, given);
      expect(read).toThrow(ModelFault);
      expect(read).toThrow(says);
      expect(read).toThrow(/npm ci/);
    },
  );
});
