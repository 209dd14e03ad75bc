export interface Source {
  readonly id: string;
  readonly package: { readonly name: string; readonly versions: string };
  readonly sources: readonly { readonly file: string; readonly sha256: string }[];
}

export function sha256(bytes: Uint8Array): string;
export function readSources(root: string, network: Source): Promise<Buffer[]>;
export function inRange(version: string, range: string): boolean;
