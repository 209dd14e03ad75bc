import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { v7 } from 'uuid';
import type { ReportDraft } from '#built/contract/report.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import type { Outbox, SignReport } from '#built/outbox/port.js';
import { createTables } from '#built/outbox/reports-table.js';
import { databaseUri, openingPragmas } from '#built/outbox/settings.js';
import { openSqlite3Store } from '#built/outbox/sqlite3-driver.js';

const QUOTA_MB = 4096;
const MANY = 1_000_000;
/** As long as a real sealed holder. */
const SEALED = `a..${'x'.repeat(1800)}.b.c`;
const clock = { elapsed: () => performance.now(), now: () => ({ at: new Date().toISOString() }) };

/** Appends against bare SQLite on the same disk, turn by turn; then against the same outbox with a million waiting. */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const directory = await mkdtemp(join(tmpdir(), 'outbox-bench-'));
  try {
    const figures = { ...(await againstBare(directory)), ...(await againstMany(directory)) };
    return { name: 'outbox', figures };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function againstBare(directory: string): Promise<Record<string, number>> {
  const outbox = await openAt(join(directory, 'ours'));
  const bare = await openBare(join(directory, 'bare.sqlite'));
  const ours = () => outbox.append(draft());
  const figures: Record<string, number> = {};
  for (const { label, atOnce, count } of [
    { label: 'one at a time', atOnce: 1, count: 60 },
    { label: '16 at once', atOnce: 16, count: 240 },
  ]) {
    const rounds: { ours: number; bare: number }[] = [];
    for (let round = 0; round < 24; round++) {
      const speed = { ours: 0, bare: 0 };
      if (round % 2 === 0) speed.bare = await perSecond(bare.insert, count, atOnce);
      speed.ours = await perSecond(ours, count, atOnce);
      if (round % 2 === 1) speed.bare = await perSecond(bare.insert, count, atOnce);
      rounds.push(speed);
    }
    figures[`${label}: durable appends per second`] = median(rounds.map((each) => each.ours));
    figures[`${label}: bare SQLite, same settings`] = median(rounds.map((each) => each.bare));
    figures[`${label}: ratio (at least 0.8)`] = median(rounds.map((each) => each.ours / each.bare));
  }
  await bare.close();
  await outbox.close();
  return figures;
}

async function againstMany(directory: string): Promise<Record<string, number>> {
  const few = join(directory, 'few');
  const many = join(directory, 'many');
  const began = performance.now();
  // Twenty, so that a look gives twenty on either side.
  await fill(few, 20);
  await fill(many, MANY);
  const filled = performance.now();
  let queues = { few: await openAt(few), many: await openAt(many) };
  const opened = performance.now();
  const append = await inTurn(queues, (queue) => queue.append(draft()));
  // Opened again, nothing is live any more, and both look into the backlog.
  for (const each of Object.values(queues)) await each.close();
  queues = { few: await openAt(few), many: await openAt(many) };
  const reopened = performance.now();
  const take = await inTurn(queues, (queue) => queue.take(20, new Set()));
  for (const each of Object.values(queues)) await each.close();
  const figures: Record<string, number> = {};
  for (const [what, took] of Object.entries({ append, take })) {
    figures[`${what} with 20 waiting, median ms`] = median(took.few);
    figures[`${what} with ${MANY} waiting, median ms`] = median(took.many);
    figures[`${what} ratio (at most 1.3)`] = median(took.many) / median(took.few);
  }
  figures['filling, s'] = (filled - began) / 1000;
  figures['first opening, second copy written, s'] = (opened - filled) / 1000;
  figures['opening again, s'] = (reopened - opened) / 1000;
  return figures;
}

/** Turn by turn, either side first as often as the other. */
async function inTurn<Queues extends Record<'few' | 'many', Outbox>>(
  queues: Queues,
  work: (queue: Outbox) => Promise<unknown>,
): Promise<Record<'few' | 'many', number[]>> {
  const took: Record<'few' | 'many', number[]> = { few: [], many: [] };
  for (let round = 0; round < 400; round++) {
    for (const side of round % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)) {
      took[side].push(await timed(() => work(queues[side])));
    }
  }
  return took;
}

const { privateKey } = generateKeyPairSync('ed25519');
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEAD = base64url({ alg: 'EdDSA', typ: 'countersign-report+jws' });

const sign: SignReport = async (report, place) => {
  const text = `${HEAD}.${base64url({ ...report, ...place })}`;
  return `${text}.${signBytes(null, Buffer.from(text), privateKey).toString('base64url')}`;
};

function draft(): ReportDraft {
  return {
    id: v7(),
    service: 'new-number',
    outcome: 'verified',
    reasons: [],
    people: [{ role: 'holder', holder: SEALED, attempts: 1 }],
    decidedAt: { at: '2026-11-24T00:00:00.000Z', confidence: 'floor', boot: 1, elapsedMs: 1 },
    software: 'countersign bench',
    policy: '1',
  };
}

function openAt(directory: string): Promise<Outbox> {
  const options = { directory, quotaMb: QUOTA_MB, reserveKb: 1024, keepDays: 400 };
  return openOutbox(options, { sign, clock, openStore: openSqlite3Store });
}

/** The package by itself: the same report is signed, and goes in by one prepared insert, each a commit. */
async function openBare(file: string): Promise<{ insert: () => Promise<void>; close: () => Promise<void> }> {
  const store = await openSqlite3Store(file, { maxPages: 500_000 });
  await createTables(store);
  await store.close();
  const { OPEN_READWRITE, OPEN_URI, OPEN_FULLMUTEX } = sqlite3;
  const database = new sqlite3.Database(databaseUri(file), OPEN_READWRITE | OPEN_URI | OPEN_FULLMUTEX);
  const told = (start: (done: (error: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
  for (const pragma of openingPragmas({ maxPages: 500_000 })) {
    await told((done) => database.all(pragma, (error) => done(error)));
  }
  const sql = 'INSERT INTO reports (seq, id, hash, jws, at) VALUES (?, ?, ?, ?, ?)';
  const statement = database.prepare(sql);
  let seq = 0;
  let previous: string | undefined;
  return {
    insert: async () => {
      const report = draft();
      const place = { seq: ++seq, previous, chainRestarted: undefined };
      const jws = await sign(report, place);
      previous = createHash('sha256').update(jws).digest('base64url');
      const values = [place.seq, report.id, previous, jws, clock.now().at];
      await told((done) => statement.run(values, (error: Error | null) => done(error)));
    },
    close: async () => {
      await told((done) => statement.finalize(() => done(null)));
      await told((done) => database.close(done));
    },
  };
}

/** A queue of that many small reports, as an earlier process may have left it, except that it has no second copy yet. */
async function fill(directory: string, count: number): Promise<void> {
  await (await openAt(directory)).close();
  const store = await openSqlite3Store(join(directory, 'outbox.sqlite'), { maxPages: 1_000_000 });
  const BATCH = 10_000;
  for (let from = 1; from <= count; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - from + 1) }, (_, index) => {
      const seq = from + index;
      const id = v7();
      const jws = `${HEAD}.${base64url({ seq, id })}.${'s'.repeat(86)}`;
      return [seq, id, createHash('sha256').update(jws).digest('base64url'), jws];
    });
    const sql = `INSERT INTO reports (seq, id, hash, jws, at)
      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, '2026-11-24T00:00:00.000Z' FROM json_each(?)`;
    await store.write([{ sql, values: [JSON.stringify(rows)] }]);
  }
  await store.close();
}

async function perSecond(one: () => Promise<unknown>, count: number, atOnce: number): Promise<number> {
  const began = performance.now();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (count * 1000) / (performance.now() - began);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
