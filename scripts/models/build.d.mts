import type { Source } from './source.mjs';

export interface Value {
  readonly name: string;
  readonly type: 'uint8' | 'float32';
  readonly shape: readonly (number | string)[];
  readonly is: string;
}

export interface Network extends Source {
  readonly purpose: string;
  readonly card: string;
  readonly licence: string;
  readonly output: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly decode?: { readonly anchors: unknown; readonly rule: string };
}

/** What models/build/manifest.json holds, by the network's id. */
export interface Built {
  readonly networks: Record<
    string,
    { readonly file: string; readonly sha256: string; readonly bytes: number }
  >;
}

export function readManifest(root: string): Promise<{ readonly networks: readonly Network[] }>;
export function buildModels(settings: {
  readonly root: string;
  readonly only?: string;
  readonly say?: (line: string) => void;
}): Promise<void>;
export function buildModel(root: string, network: Network): Promise<Uint8Array>;
