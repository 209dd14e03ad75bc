export interface ValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
    };
  };
}

export interface Model {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly { readonly opType: string }[];
    readonly input: readonly ValueInfo[];
    readonly output: readonly ValueInfo[];
  };
}

export const ELEMENT: { readonly float32: number; readonly uint8: number; readonly int64: number };
export const ATTRIBUTE: { readonly float: number; readonly int: number; readonly ints: number };
export function encodeModel(model: object): Uint8Array;
export function decodeModel(bytes: Uint8Array): Model;
