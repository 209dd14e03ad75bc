import { isClean, judge } from './judge.mjs';

/**
 * Two ledgers of one terminal that know nothing of one another: what its service acknowledged, and what the far side
 * heard. The far side's own is double: what the carrier kept, and what a listener on the wire saw go by.
 */
export function createLedgers() {
  const acknowledged = new Map();
  const received = new Map();
  const firsts = [];
  const seen = new Set();
  const counters = { countedTwice: 0, conflicts: 0, refused: 0, receivedAgain: 0, wireRepeats: 0 };
  return {
    acknowledged,
    received,
    counters,
    acknowledge(id, seq, hash) {
      acknowledged.set(id, { seq: Number(seq), hash });
    },
    kept(seq, id, hash, previous, how, restarted) {
      const number = Number(seq);
      if (how === 'conflict') counters.conflicts++;
      else if (how === 'duplicate') counters.receivedAgain++;
      else if (received.has(number)) counters.countedTwice++;
      if (how !== 'new') return;
      const before = previous === '-' ? undefined : previous;
      received.set(number, { id, hash, previous: before, restarted: restarted === 'true' });
    },
    passed(seq) {
      const number = Number(seq);
      if (seen.has(number)) counters.wireRepeats++;
      else firsts.push(number);
      seen.add(number);
    },
    /** Numbers by their first appearance on the wire that came after a higher one. */
    disorder(among = () => true) {
      const mine = firsts.filter(among);
      return mine.filter((seq, index) => index > 0 && seq < mine[index - 1]).length;
    },
    verdict() {
      return { ...judge(acknowledged, received), ...counters };
    },
  };
}

/** Nothing lost, nothing altered, nothing counted twice, one chain. */
export function isWhole(verdict) {
  return isClean(verdict) && verdict.countedTwice + verdict.conflicts + verdict.refused === 0;
}

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => {
    const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
