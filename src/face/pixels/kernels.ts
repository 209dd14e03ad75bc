import { readFileSync } from 'node:fs';

/** The pixel work that runs as WebAssembly with SIMD: see kernels/ for what each does. Places are addresses in `memory`. */
interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  halve(source: number, stride: number, out: number, columns: number, rows: number): void;
  resample(
    source: number,
    width: number,
    height: number,
    x: number,
    y: number,
    a: number,
    b: number,
    out: number,
    columns: number,
    rows: number,
    grey: number,
  ): void;
}

/** Kernels read and write up to so many bytes behind what they are given. */
export const SLACK = 32;
const PAGE = 65_536;

/** Of the language, but in no library of TypeScript's without a browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const compiled = new WebAssembly.Module(readFileSync(new URL('./kernels.wasm', import.meta.url)));
export const kernels = new WebAssembly.Instance(compiled).exports as Kernels;
let bytes = new Uint8Array(kernels.memory.buffer);

/**
 * The kernels' memory, at least `length` bytes. One for each thread: whoever uses it puts in what is needed, takes out the
 * result and overwrites both, without a wait in between.
 */
export function kernelMemory(length: number): Uint8Array {
  if (bytes.length < length) {
    kernels.memory.grow(Math.ceil((length - bytes.length) / PAGE));
    bytes = new Uint8Array(kernels.memory.buffer);
  }
  return bytes;
}
