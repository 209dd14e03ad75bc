import type { ChainLink } from './store.js';

export interface Audit {
  /** Highest number received; 0 before the first. */
  readonly last: number;
  /** Numbers that were given and have not arrived; the lowest where they are very many. */
  readonly missing: number[];
  /** Numbers of reports that do not fit what is around them: forks, wrong links. */
  readonly broken: number[];
}

/** One report with an absurd number must not cost the audit of all the others: so many missing ones are named. */
const MOST_MISSING = 100_000;

/**
 * Looks a terminal's chain through. A chain that was begun anew (`chainRestarted`) may use numbers again; it is
 * followed by hashes, not by numbers.
 *
 * @param links by number, then by arrival
 */
export function auditChain(links: readonly ChainLink[]): Audit {
  const byHash = new Map(links.map((link) => [link.hash, link]));
  const numbers = new Set(links.map(({ seq }) => seq));
  const followed = new Set<string>();
  const broken: number[] = [];
  const begins: ChainLink[] = [];
  let firsts = 0;
  for (const link of links) {
    const { seq, previous, chainRestarted } = link;
    const before = previous === undefined ? undefined : byHash.get(previous);
    if (before !== undefined) {
      if (followed.has(before.hash) || before.seq !== seq - 1) broken.push(seq);
      followed.add(before.hash);
    } else if (chainRestarted) {
      begins.push(link);
    } else if (previous === undefined) {
      firsts++;
      if (seq !== 1 || firsts > 1) broken.push(seq);
    } else {
      if (numbers.has(seq - 1)) broken.push(seq);
      begins.push(link);
    }
  }
  const ends = links.filter(({ hash }) => !followed.has(hash)).map(({ seq }) => seq);
  const missing = new Set<number>();
  for (const { seq } of begins) {
    const before = Math.max(0, ...ends.filter((end) => end < seq));
    for (let each = before + 1; each < seq && missing.size < MOST_MISSING; each++) missing.add(each);
  }
  return { last: links.at(-1)?.seq ?? 0, missing: [...missing], broken };
}
