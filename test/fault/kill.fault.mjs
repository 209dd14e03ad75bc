import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { v7 } from 'uuid';
import { isClean, judge } from './parts/judge.mjs';
import { createRandom } from './parts/random.mjs';
import { makeKey, verifierOf } from './parts/specimen.mjs';

const CHILD = fileURLToPath(new URL('./parts/terminal-process.mjs', import.meta.url));
/** Reports offered at once; each killed process leaves some of them unanswered, and they are offered again. */
const AT_ONCE = 6;
/** Longest life after the first acknowledgement; a process takes about 200 ms to start. */
const LIFE_MS = 120;

/**
 * SIGKILL at random moments while reports are appended, sent and receipted. The carrier is this process: it keeps its own
 * ledger, loses one receipt in ten and repeats one in ten. Afterwards one last process drains what is left.
 */
export async function run({ count = 20, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-kill-'));
  const trial = makeTrial({ directory, store, seed, weaken: control ? 'early' : 'none' });
  try {
    for (let each = 1; each <= count; each++) {
      await trial.killOnce();
      if (each % 100 === 0) process.stderr.write(`${each} kills, ${trial.acknowledged.size} acknowledged\n`);
    }
    await trial.drain(control ? 3000 : 60_000);
  } finally {
    trial.close();
    rmSync(directory, { recursive: true, force: true });
  }
  const verdict = { kills: count, ...judge(trial.acknowledged, trial.received), ...trial.counters };
  const clean = isClean(verdict) && verdict.conflicts === 0 && verdict.forged === 0 && verdict.refused === 0;
  const worked = verdict.acknowledged > count;
  return { ok: control ? !clean : clean && worked, figures: verdict };
}

function makeTrial({ directory, store, seed, weaken }) {
  const random = createRandom(seed);
  const pem = makeKey();
  const key = join(directory, 'key.pem');
  writeFileSync(key, pem, { mode: 0o600 });
  const claimsOf = verifierOf(pem);
  const acknowledged = new Map();
  const received = new Map();
  const offered = new Set();
  const counters = { conflicts: 0, forged: 0, refused: 0, sends: 0, failedStarts: 0 };
  let child;

  function receive(seq, jws) {
    counters.sends++;
    const claims = claimsOf(jws);
    if (claims === undefined || claims.seq !== seq) {
      counters.forged++;
      return undefined;
    }
    const hash = createHash('sha256').update(jws).digest('base64url');
    const before = received.get(seq);
    if (before !== undefined && before.hash !== hash) counters.conflicts++;
    const { id, previous, chainRestarted } = claims;
    received.set(seq, { id, hash, previous, restarted: chainRestarted !== undefined });
    const at = '2026-11-24T00:00:00.000Z';
    return { terminal: 'specimen', issuedAt: at, id, seq, hash, accepted: true, at };
  }

  function start({ offering }) {
    child = spawn(
      process.execPath,
      [CHILD, '--directory', join(directory, 'state'), '--key', key, '--store', store, '--weaken', weaken],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const mine = child;
    mine.stdin.on('error', () => {});
    const tell = (line) => mine.stdin.write(`${line}\n`);
    const offer = () => {
      while (offering && offered.size < AT_ONCE) {
        const id = v7();
        offered.add(id);
        tell(`append ${id}`);
      }
    };
    const heard = { left: undefined, ready: false };
    const events = { onFirst: () => {} };
    const lines = createInterface({ input: mine.stdout });
    lines.on('line', (line) => {
      const [verb, first, second, third] = line.split(' ');
      if (verb === 'ready') {
        heard.ready = true;
        for (const id of offered) tell(`append ${id}`);
        offer();
      } else if (verb === 'ack' && third !== undefined) {
        acknowledged.set(first, { seq: Number(second), hash: third });
        offered.delete(first);
        offer();
        events.onFirst();
        events.onFirst = () => {};
      } else if (verb === 'refused') {
        counters.refused++;
        offered.delete(first);
        setTimeout(offer, 20);
      } else if (verb === 'send' && second?.split('.').length === 3) {
        const receipt = receive(Number(first), second);
        if (receipt === undefined) return;
        if (!offering || !random.chance(0.1)) tell(`receipt ${JSON.stringify(receipt)}`);
        if (random.chance(0.1)) tell(`receipt ${JSON.stringify(receipt)}`);
      } else if (verb === 'left') heard.left = Number(first);
    });
    const ended = Promise.all([
      new Promise((resolve) => mine.on('exit', resolve)),
      new Promise((resolve) => lines.on('close', resolve)),
    ]);
    return { tell, heard, events, ended, kill: () => mine.kill('SIGKILL') };
  }

  return {
    acknowledged,
    received,
    counters,
    close: () => child?.kill('SIGKILL'),
    async killOnce() {
      const process = start({ offering: true });
      // One in ten dies while it still opens and recovers.
      if (random.chance(0.1)) setTimeout(process.kill, random.between(40, 250));
      else process.events.onFirst = () => setTimeout(process.kill, random.next() * LIFE_MS);
      const atLast = setTimeout(process.kill, 30_000);
      await process.ended;
      clearTimeout(atLast);
    },
    /** Ends when nothing is left, or when nothing moves any more. */
    async drain(patienceMs) {
      const process = start({ offering: false });
      let deadline = Date.now() + patienceMs;
      for (let left; Date.now() < deadline; left = process.heard.left) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        process.tell('left');
        if (process.heard.left !== left) deadline = Date.now() + patienceMs;
        if (process.heard.left === 0 && offered.size === 0) break;
      }
      process.tell('end');
      await process.ended;
    },
  };
}
