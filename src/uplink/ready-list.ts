import type { OutboxEntry } from '../outbox/port.js';

/** Most reports read ahead. */
const MOST = 200;
/** Read ahead for so long at the present rate, so that the line does not wait while the disk is busy with a commit. */
const AHEAD_SECONDS = 1;

/** Reports that were read and not sent yet: live ones before the others, else in the order in which they came. */
export interface ReadyList {
  readonly first: OutboxEntry | undefined;
  seqs(): Iterable<number>;
  /** How many to read now; 0 when there are enough, or when there are no more. */
  wanted(perSecond: number, window: number): number;
  /** A look at the outbox begins: what is appended from now on needs another one. */
  asked(): void;
  /** @param more there may be more in the outbox */
  add(entries: readonly OutboxEntry[], more: boolean): void;
  remove(seq: number): void;
  /** There may be something new, or something due again. */
  wantMore(): void;
  clear(): void;
}

export function createReadyList(): ReadyList {
  const live = new Map<number, OutboxEntry>();
  const others = new Map<number, OutboxEntry>();
  let mayHaveMore = true;
  let somethingNew = true;
  let most = 0;
  return {
    get first() {
      return live.values().next().value ?? others.values().next().value;
    },
    seqs: () => [...live.keys(), ...others.keys()],
    wanted(perSecond, window) {
      most = Math.min(MOST, Math.max(window, Math.ceil(perSecond * AHEAD_SECONDS)));
      const there = live.size + others.size;
      // A new one may be live, and then goes first, however many are there.
      if (somethingNew) return Math.max(window, most - there);
      return mayHaveMore && there <= most / 2 ? most - there : 0;
    },
    asked() {
      somethingNew = false;
    },
    add(entries, more) {
      mayHaveMore = more;
      for (const entry of entries) {
        if (entry.live) live.set(entry.seq, entry);
        else if (others.size < most) others.set(entry.seq, entry);
        else mayHaveMore = true;
      }
    },
    remove(seq) {
      live.delete(seq);
      others.delete(seq);
    },
    wantMore() {
      mayHaveMore = true;
      somethingNew = true;
    },
    clear() {
      live.clear();
      others.clear();
      mayHaveMore = true;
      somethingNew = true;
    },
  };
}
