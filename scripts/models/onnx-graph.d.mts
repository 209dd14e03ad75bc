export type Dimensions = readonly (number | string)[];

export class OnnxGraph {
  constructor(name: string);
  input(name: string, type: 'uint8' | 'float32', shape: Dimensions): string;
  output(name: string, from: string, shape: Dimensions): void;
  floats(data: ArrayLike<number>, shape: readonly number[]): string;
  ints(values: number | readonly number[]): string;
  scalar(value: number): string;
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Record<string, number | readonly number[]>,
  ): string;
  nodeOf(
    count: number,
    opType: string,
    inputs: readonly string[],
    attributes?: Record<string, number | readonly number[]>,
  ): string[];
  encode(origin: Record<string, string>): Uint8Array;
}
