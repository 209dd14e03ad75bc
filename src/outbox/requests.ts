import type { Receipt } from '../contract/carrier-messages.js';
import { LIMITS } from '../contract/limits.js';
import type { ReportDraft } from '../contract/report.js';
import type { Backlog } from './backlog.js';
import { hashOf } from './chain.js';
import type { ChainEnd } from './chain-end.js';
import { type Change, NOTHING } from './change.js';
import { outboxFault } from './errors.js';
import type { SignReport } from './port.js';
import { CHAIN_RESTART } from './recovery.js';
import { rememberFact, type SeenRow, STATE } from './reports-table.js';
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

/** Answers whether the receipt fits a report. */
export function confirmChange(
  { seq, id, hash, accepted }: Receipt,
  seen: SeenRow | undefined,
  { end, clock, backlog }: Pick<RequestDeps, 'clock' | 'backlog'> & { readonly end: ChainEnd },
): Change<boolean> {
  const fits = seen?.id === id && seen.hash === hash;
  if (!fits || seen.state === STATE.confirmed || end.confirmed.has(seq)) {
    return { statements: [], settled: () => fits };
  }
  const { at: confirmedAt } = clock.now();
  end.confirmed.add(seq);
  return {
    statements: [],
    confirms: { seq, id, hash, attempts: seen.attempts, at: seen.at, accepted, confirmedAt },
    records: [{ type: 'confirmed', seq, hash, accepted, at: confirmedAt }],
    settled: () => {
      backlog.confirmed(seq);
      return true;
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
