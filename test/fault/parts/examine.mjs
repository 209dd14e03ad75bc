import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '#built/clock/system-driver.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import { readOutbox } from '#built/outbox/read-outbox.js';
import { makeDraft, signerOf, verifierOf } from './specimen.mjs';
import { STORES } from './stores.mjs';

export const OPTIONS = { quotaMb: 64, reserveKb: 64, keepDays: 400, resendAfterMs: 1 };

export function openAt(directory, { store, pem }) {
  const clock = createSystemClock({ floor: '2026-11-24T00:00:00.000Z' });
  return openOutbox({ directory, ...OPTIONS }, { sign: signerOf(pem), clock, openStore: STORES[store] });
}

/** `ack ID SEQ HASH` of the notes that a process left, as objects. */
export function acknowledgedIn(lines) {
  return lines
    .map((line) => line.split(' '))
    .filter(([verb]) => verb === 'ack')
    .map(([, id, seq, hash]) => ({ id, seq: Number(seq), hash }));
}

/**
 * Opens what is left as the service would, appends one more and closes, then proves what is there: `lost` counts
 * acknowledged reports that are neither there whole nor confirmed, `altered` those that would be sent otherwise than
 * they were signed, `broken` says why it could not be opened or why the chain does not hold.
 */
export async function examine(directory, { acknowledged, store, pem }) {
  const verdict = { lost: 0, altered: 0, damaged: false, broken: undefined };
  try {
    const outbox = await openAt(directory, { store, pem });
    const claimsOf = verifierOf(pem);
    for (const { seq, id, jws } of await outbox.take(100_000, new Set())) {
      const claims = claimsOf(jws);
      if (claims?.seq !== seq || claims.id !== id) verdict.altered++;
    }
    await outbox.append(makeDraft());
    await outbox.close();
    verdict.damaged = statSync(join(directory, 'quarantine'), { throwIfNoEntry: false }) !== undefined;
    const { rows, problems, databaseFault } = await readOutbox(directory, STORES[store], { thorough: true });
    const found = new Map(rows.map((row) => [row.seq, row]));
    verdict.lost = acknowledged.filter(({ id, seq, hash }) => {
      const row = found.get(seq);
      return row?.id !== id || row.hash !== hash || (!row.hasBody && row.state !== 2);
    }).length;
    const [problem] = problems;
    if (problem !== undefined) verdict.broken = `${problem.problem} at ${problem.seq}`;
    if (databaseFault !== undefined) verdict.broken = databaseFault;
  } catch (error) {
    verdict.broken = String(error);
  }
  return verdict;
}
