import type { Acquired, AcquireOptions } from './acquire.js';
import type { TemplateKind } from './plan.js';

/** Given to a thread of an evaluation when it starts. */
export interface AcquireThreadData {
  /** Engines to try, in this order, by address of their driver. */
  readonly engines: readonly string[];
  readonly modelsDirectory: string;
  /** Directory of a model pack; else the built-in model. */
  readonly pack?: string;
  readonly options: AcquireOptions;
}

export interface AcquireTask {
  readonly id: number;
  readonly path: string;
  readonly kinds: readonly TemplateKind[];
}

/**
 * `ready`: the networks are loaded. `failed`: the program failed at this picture. `problem`: it would at every one, as
 * something cannot be loaded.
 */
export type AcquireReply =
  | 'ready'
  | { readonly id: number; readonly answers: Partial<Record<TemplateKind, Acquired>> }
  | { readonly id: number; readonly failed: string }
  | { readonly id: number; readonly problem: string };
