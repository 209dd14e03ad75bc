import type { Committer } from './committer.js';
import { FORGOTTEN } from './reconcile.js';
import { rememberFact, STATE } from './reports-table.js';

/** Rows of one commit: visits are not to wait long behind it. */
const AT_ONCE = 500;

/**
 * Numbers and hashes of reports that were confirmed before `before` (RFC 3339) go, oldest first, in both copies. The
 * last report stays, because the next one names its hash, and so does everything behind one that still waits.
 *
 * @returns how many went
 */
export async function forgetOld(committer: Committer, before: string): Promise<number> {
  const [first] = await committer.read('SELECT min(seq) AS seq, max(seq) AS last FROM reports');
  if (first?.['seq'] == null) return 0;
  const [kept] = await committer.read(
    `SELECT seq FROM reports WHERE state <> ${STATE.confirmed} OR confirmed_at >= ? OR seq = ? ORDER BY seq LIMIT 1`,
    [before, Number(first['last'])],
  );
  const from = Number(first['seq']);
  const upTo = Number(kept?.['seq'] ?? from) - 1;
  for (let seq = from; seq <= upTo; seq += AT_ONCE)
    await forgetUpTo(committer, Math.min(upTo, seq + AT_ONCE - 1));
  if (upTo >= from) await committer.forget(upTo);
  return Math.max(0, upTo - from + 1);
}

async function forgetUpTo(committer: Committer, seq: number): Promise<void> {
  await committer.commit({
    grows: false,
    prepare: async (end) => {
      const revision = ++end.revision;
      return {
        statements: [
          { sql: 'DELETE FROM reports WHERE seq <= ?', values: [seq] },
          rememberFact(FORGOTTEN, String(seq), revision),
        ],
        records: [{ type: 'fact', key: FORGOTTEN, value: String(seq), revision }],
        settled: () => {},
      };
    },
  });
}
