import type { ChainEnd } from './chain-end.js';
import type { Change, SeenReports, Work } from './change.js';
import { toFault } from './store.js';

/** A work that waits for its commit, and how to tell whoever asked for it. */
export interface Waiting {
  readonly grows: boolean;
  readonly sees: readonly number[];
  prepare(end: ChainEnd, seen: SeenReports): Promise<Change<() => void>>;
  reject(error: unknown): void;
}

export interface Ready {
  readonly waiting: Waiting;
  readonly change: Change<() => void>;
}

/** `resolve` is left to the one who settles: first all of a commit is taken over, then all are told. */
export function waitingFor<Value>(
  { grows, sees = [], prepare }: Work<Value>,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): Waiting {
  return {
    grows,
    sees,
    reject,
    async prepare(end, seen) {
      const { settled, ...change } = await prepare(end, seen);
      return {
        ...change,
        settled: () => {
          const value = settled();
          return () => resolve(value);
        },
      };
    },
  };
}

const NOTHING_SEEN: SeenReports = new Map();
const toFaultOfLook = (error: unknown): Error => toFault(error);

/** Prepares one after the other, because each may move the end of the chain; what cannot be prepared is rejected. */
export async function prepareAll(
  batch: readonly Waiting[],
  end: ChainEnd,
  see: (seqs: readonly number[]) => Promise<SeenReports>,
): Promise<Ready[]> {
  const wanted = batch.flatMap(({ sees }) => sees);
  const seen = wanted.length === 0 ? NOTHING_SEEN : await see(wanted).catch(toFaultOfLook);
  const ready: Ready[] = [];
  for (const waiting of batch) {
    try {
      if (seen instanceof Error && waiting.sees.length > 0) throw seen;
      ready.push({
        waiting,
        change: await waiting.prepare(end, seen instanceof Error ? NOTHING_SEEN : seen),
      });
    } catch (error) {
      waiting.reject(error);
    }
  }
  return ready;
}
