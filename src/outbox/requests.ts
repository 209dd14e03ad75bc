import type { Received } from '../contract/carrier-messages.js';
import { LIMITS } from '../contract/limits.js';
import type { ReportDraft } from '../contract/report.js';
import type { Backlog } from './backlog.js';
import { hashOf } from './chain.js';
import type { ChainEnd } from './chain-end.js';
import { type Change, NOTHING, type SeenReports } from './change.js';
import { outboxFault } from './errors.js';
import type { LogRecord } from './frames.js';
import type { SignReport } from './port.js';
import { CHAIN_RESTART } from './recovery.js';
import { type Confirmation, rememberFact, type SeenRow, STATE } from './reports-table.js';
import type { Store } from './store.js';

/** What each request of the door writes, and what it answers when that is on the disk. */
export interface RequestDeps {
  readonly sign: SignReport;
  readonly clock: { now(): { readonly at: string } };
  readonly backlog: Backlog;
  readonly store: Pick<Store, 'read'>;
}

export interface Appended {
  readonly seq: number;
  readonly hash: string;
  /** False when it was there already. */
  readonly added: boolean;
}

/** Notes of publications that may wait for a commit to ride along with. */
const MOST_MARKS = 64;

/** @throws OUTBOX_TOO_LARGE, and whatever `sign` throws; the end of the chain is then where it was */
export async function appendChange(
  draft: ReportDraft,
  end: ChainEnd,
  { sign, clock, backlog, store }: RequestDeps,
): Promise<Change<Appended>> {
  const { id } = draft;
  const known = end.fresh.get(id) ?? (id > end.lastId ? undefined : await find(store, id));
  if (known !== undefined) return { statements: [], settled: () => ({ ...known, added: false }) };
  const seq = end.lastSeq + 1;
  const { restart, lastHash: previous } = end;
  const chainRestarted = restart === undefined ? undefined : { cause: restart };
  const jws = await sign(draft, { seq, previous, chainRestarted });
  if (jws.length > LIMITS.messageBytes) throw outboxFault('TOO_LARGE', { details: { bytes: jws.length } });
  const hash = hashOf(jws);
  const { at } = clock.now();
  end.lastSeq = seq;
  end.lastHash = hash;
  if (id > end.lastId) end.lastId = id;
  end.restart = undefined;
  end.fresh.set(id, { seq, hash });
  return {
    appends: { seq, id, hash, jws, at },
    statements: restart === undefined ? [] : [rememberFact(CHAIN_RESTART, '', 0)],
    records: [{ type: 'report', seq, id, hash, jws, at }],
    settled: () => {
      backlog.appended(seq);
      return { seq, hash, added: true };
    },
  };
}

async function find(
  store: Pick<Store, 'read'>,
  id: string,
): Promise<{ seq: number; hash: string } | undefined> {
  const [row] = await store.read('SELECT seq, hash FROM reports WHERE id = ?', [id]);
  return row === undefined ? undefined : { seq: Number(row['seq']), hash: String(row['hash']) };
}

/** Written together with the next commit of something else. */
export function markChange(
  seen: SeenRow | undefined,
  end: ChainEnd,
  { backlog }: Pick<RequestDeps, 'backlog'>,
): Change<void> {
  if (seen === undefined || seen.state === STATE.confirmed || end.confirmed.has(seen.seq)) return NOTHING;
  const { seq } = seen;
  const next = (backlog.order.attemptsOf(seq) ?? seen.attempts) + 1;
  const ridesNow = backlog.order.unwrittenCount >= MOST_MARKS;
  return { statements: [], ridesNow, settled: () => backlog.sent(seq, next) };
}

/** Answers whether all that the carrier received fits a report here; what fits is confirmed in any case. */
export function confirmChange(
  received: readonly Received[],
  seen: SeenReports,
  { end, clock, backlog }: Pick<RequestDeps, 'clock' | 'backlog'> & { readonly end: ChainEnd },
): Change<boolean> {
  const { at: confirmedAt } = clock.now();
  const confirms: Confirmation[] = [];
  const records: LogRecord[] = [];
  let allFit = true;
  for (const { seq, id, hash, accepted } of received) {
    const row = seen.get(seq);
    if (row?.id !== id || row.hash !== hash) {
      allFit = false;
      continue;
    }
    if (row.state === STATE.confirmed || end.confirmed.has(seq)) continue;
    end.confirmed.add(seq);
    const attempts = backlog.order.attemptsOf(seq) ?? row.attempts;
    confirms.push({ seq, id, hash, attempts, at: row.at, accepted, confirmedAt });
    records.push({ type: 'confirmed', seq, hash, accepted, at: confirmedAt });
  }
  return {
    statements: [],
    confirms,
    records,
    settled: () => {
      for (const { seq } of confirms) backlog.confirmed(seq);
      return allFit;
    },
  };
}

export function factChange(key: string, value: string, end: ChainEnd): Change<void> {
  const revision = ++end.revision;
  return {
    statements: [rememberFact(key, value, revision)],
    records: [{ type: 'fact', key, value, revision }],
    settled: () => {},
  };
}
