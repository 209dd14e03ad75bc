/** One picture of the list. */
export interface Sample {
  /** As it stands in the list: what reports name it by. */
  readonly file: string;
  readonly path: string;
  /** Index into `groups`. */
  readonly group: number;
  /** Index of the person; -1 where the list says only which pairs are genuine. */
  readonly identity: number;
  /** A photo of an ID card is a reference only, a live picture a probe only; else it serves as both. */
  readonly role?: 'live' | 'card';
}

/** Pairs of samples, one index a pair. */
export interface PairColumns {
  readonly probe: Int32Array;
  readonly reference: Int32Array;
  readonly genuine: Uint8Array;
  readonly group: Int32Array;
}

/** What is to be compared with what: pairs one by one, or files of which all pairs within a group are made. */
export interface EvaluationList {
  readonly groups: readonly string[];
  readonly samples: readonly Sample[];
  readonly pairs?: PairColumns;
  /** What whoever wrote the list may want to know of how it was read; a line each. */
  readonly remarks: readonly string[];
}
