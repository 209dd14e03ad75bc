/**
 * Compares two ledgers that were kept independently: what the service said was durable (id → {seq, hash}), and what
 * the carrier received (seq → {id, hash, previous, restarted}).
 */
export function judge(acknowledged, received) {
  const verdict = {
    acknowledged: acknowledged.size,
    received: received.size,
    lost: 0,
    altered: 0,
    gaps: 0,
    chain: 0,
    twice: 0,
  };
  for (const [id, { seq, hash }] of acknowledged) {
    const there = received.get(seq);
    if (there === undefined) verdict.lost++;
    else if (there.id !== id || there.hash !== hash) verdict.altered++;
  }
  const ids = new Set();
  let before;
  for (const seq of [...received.keys()].sort((a, b) => a - b)) {
    const report = received.get(seq);
    if (ids.has(report.id)) verdict.twice++;
    ids.add(report.id);
    if (seq !== (before?.seq ?? 0) + 1) verdict.gaps++;
    else if (!report.restarted && report.previous !== before?.hash) verdict.chain++;
    before = { ...report, seq };
  }
  return verdict;
}

export function isClean({ lost, altered, gaps, chain, twice }) {
  return lost + altered + gaps + chain + twice === 0;
}
