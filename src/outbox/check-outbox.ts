import { access, constants } from 'node:fs/promises';
import type { Check } from '../domain/check.js';
import type { Committer } from './committer.js';
import { keepReserve } from './disk-room.js';
import { outboxFault } from './errors.js';
import type { OutboxFiles } from './files.js';
import { forgetOld } from './forget-old.js';
import type { OutboxCounts } from './port.js';
import { PROOF } from './reconcile.js';
import { rememberFact } from './reports-table.js';
import { toFault } from './store.js';

/** A commit that is younger proves enough: one at every look would wear the card for nothing. */
const PROVEN_FOR_MS = 300_000;
const DAY_MS = 86_400_000;

/** What is to be done at the start and once a day; resolves with the number of reports that were forgotten. */
export type Upkeep = () => Promise<number>;

export function createUpkeep(
  options: { readonly reserveKb: number; readonly keepDays: number },
  deps: {
    readonly committer: Committer;
    readonly files: OutboxFiles;
    readonly clock: { elapsed(): number; now(): { readonly at: string } };
  },
): Upkeep {
  const { committer, files, clock } = deps;
  let doneAt = Number.NEGATIVE_INFINITY;
  return async () => {
    await keepReserve(files, options.reserveKb);
    if (clock.elapsed() - doneAt < DAY_MS) return 0;
    doneAt = clock.elapsed();
    const before = Date.parse(clock.now().at) - options.keepDays * DAY_MS;
    // What is not forgotten today is forgotten tomorrow; the queue works without.
    return forgetOld(committer, new Date(before).toISOString()).catch(() => 0);
  };
}

/** Proves that a commit works, and tells what else a technician has to know. Never throws. */
export async function checkOutbox(parts: {
  readonly committer: Committer;
  readonly files: OutboxFiles;
  readonly elapsed: number;
  readonly counts: () => OutboxCounts;
  readonly hasRoom: () => Promise<boolean>;
  readonly upkeep: () => Promise<void>;
}): Promise<Check> {
  const { committer, files, elapsed, counts, hasRoom, upkeep } = parts;
  const name = 'outbox';
  try {
    await access(files.directory, constants.W_OK);
    if (committer.fault !== undefined || elapsed - committer.committedAt > PROVEN_FOR_MS) {
      await prove(committer, elapsed);
    }
    await upkeep();
    const { waiting, sent } = counts();
    if (!(await hasRoom())) {
      return {
        name,
        ok: false,
        detail: `full: ${waiting + sent} unconfirmed`,
        advice: outboxFault('FULL').advice,
      };
    }
    if (committer.secondFault !== undefined) {
      const detail = `the second copy cannot be written (${committer.secondFault})`;
      return { name, ok: false, detail, advice: outboxFault('READ_ONLY').advice };
    }
    if (committer.unreadable.length > 0) {
      const detail = `${committer.unreadable.length} reports are damaged in both copies`;
      return { name, ok: false, detail, advice: outboxFault('UNUSABLE').advice };
    }
    const mark = committer.restart === undefined ? '' : `; begun anew (${committer.restart})`;
    return { name, ok: true, detail: `${waiting} waiting, ${sent} sent${mark}` };
  } catch (error) {
    // Starting again would do no more than the queue does by itself: close, open, compare both copies.
    const { code, advice } = toFault(error);
    return { name, ok: false, detail: code, advice };
  }
}

async function prove(committer: Committer, elapsed: number): Promise<void> {
  await committer.commit({
    grows: false,
    prepare: async (end) => ({
      statements: [rememberFact(PROOF, String(Math.round(elapsed)), ++end.revision)],
      settled: () => {},
    }),
  });
}
