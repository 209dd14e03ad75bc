import { createHash } from 'node:crypto';
import { receivedIn } from '#built/contract/carrier-messages.js';
import type { Outbox, OutboxEntry, SignReport } from '#built/outbox/port.js';

/** An outbox in memory with the promises of src/outbox/port.ts, for tests of the line alone. */
export function createMemoryOutbox(sign: SignReport, { resendAfterMs = 30_000, liveMs = 60_000 } = {}) {
  const rows: (OutboxEntry & { appendedAt: number; sentAt: number; confirmed: boolean })[] = [];
  const facts = new Map<string, string>();
  const listeners = new Set<() => void>();
  let previous: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const outbox: Outbox = {
    append(draft) {
      const result = last.then(async () => {
        const seq = rows.length + 1;
        const jws = await sign(draft, { seq, previous, chainRestarted: undefined });
        const hash = createHash('sha256').update(jws).digest('base64url');
        previous = hash;
        const now = performance.now();
        rows.push({
          seq,
          id: draft.id,
          jws,
          hash,
          state: 'waiting',
          attempts: 0,
          live: true,
          appendedAt: now,
          sentAt: 0,
          confirmed: false,
        });
        for (const each of listeners) each();
        return { seq, hash };
      });
      last = result;
      return result;
    },
    async take(limit, excluding) {
      const now = performance.now();
      const due: OutboxEntry[] = [];
      const backlog: OutboxEntry[] = [];
      for (let index = firstOpen(); index < rows.length && backlog.length < limit; index++) {
        const row = rows[index];
        if (row === undefined || row.confirmed || excluding.has(row.seq)) continue;
        if (row.state === 'sent' && now - row.sentAt < resendAfterMs * 2 ** (row.attempts - 1)) continue;
        const live = now - row.appendedAt < liveMs;
        (live ? due : backlog).push({ ...row, live });
      }
      return [...due, ...backlog].slice(0, limit);
    },
    async markSent(seq) {
      const row = rows[seq - 1];
      if (row === undefined || row.confirmed) return;
      rows[seq - 1] = { ...row, state: 'sent', attempts: row.attempts + 1, sentAt: performance.now() };
    },
    async confirm(receipt) {
      const fits = receivedIn(receipt).map(({ seq, id, hash }) => {
        const row = rows[seq - 1];
        if (row === undefined || row.id !== id || row.hash !== hash) return false;
        row.confirmed = true;
        return true;
      });
      return fits.every(Boolean);
    },
    async counts() {
      const confirmed = rows.filter((row) => row.confirmed).length;
      const sent = rows.filter((row) => !row.confirmed && row.state === 'sent').length;
      return { waiting: rows.length - confirmed - sent, sent, confirmed, lastSeq: rows.length };
    },
    hasRoom: async () => true,
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    remember: async (key, value) => void facts.set(key, value),
    recall: async (key) => facts.get(key),
    check: async () => ({ name: 'outbox', ok: true, detail: 'in memory' }),
    close: async () => {},
  };
  let open = 0;
  const firstOpen = (): number => {
    while (rows[open]?.confirmed === true) open++;
    return open;
  };
  return { ...outbox, facts, entries: rows };
}
