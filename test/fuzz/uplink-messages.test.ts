import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '#built/contract/limits.js';
import { FUZZ_COUNT, FUZZ_SEED, mutate, seeded } from './card-random.js';
import { at, command, MINUTE, order, receipt, type Stage, setStage, sign, TYP_OF } from './uplink-stage.js';

const COUNT = Math.max(2000, Math.floor(FUZZ_COUNT / 10));
const KINDS = ['order', 'command', 'receipt'] as const;
type Kind = (typeof KINDS)[number];
type Random = (below: number) => number;
type Body = ReturnType<typeof order> | ReturnType<typeof command> | ReturnType<typeof receipt>;

/** Bodies that would have an effect if they were believed, with what makes them unbelievable. */
class Attacker {
  readonly #seen: Record<Kind, string[]> = { order: [], command: [], receipt: [] };

  readonly stage: Stage;
  readonly random: Random;

  constructor(stage: Stage, random: Random) {
    this.stage = stage;
    this.random = random;
  }

  noteGenuine(kind: Kind, jws: string): void {
    this.#seen[kind].push(jws);
  }

  async fresh(kind: Kind, fields: object = {}): Promise<Body> {
    if (kind === 'order') return order(fields);
    if (kind === 'command') {
      const setsRate = this.random(2) === 0;
      return command({
        ...(setsRate ? { command: 'set-rate', arguments: { perSecond: 999 } } : {}),
        ...fields,
      });
    }
    return receipt(await this.stage.append(), fields);
  }

  /** One message that must have no effect, and what is wrong with it. */
  async next(): Promise<{ why: string; kind: Kind; payload: string | Buffer; terminal?: string }> {
    const { stage, random } = this;
    const kind = KINDS[random(KINDS.length)] ?? 'order';
    const typ = TYP_OF[kind];
    const signed = async (fields: object = {}): Promise<string> =>
      sign(typ, await this.fresh(kind, fields), stage.key);
    const cases: Record<string, () => Promise<{ payload: string | Buffer; terminal?: string }>> = {
      replayed: async () => ({ payload: this.#seen[kind][random(this.#seen[kind].length)] ?? 'none' }),
      altered: async () => {
        const jws = await signed();
        const payload = Buffer.from(mutate(Buffer.from(jws), random));
        return { payload: payload.toString() === jws ? 'the same' : payload };
      },
      'for another terminal': async () => ({ payload: await signed({ terminal: 'fuzz-2' }) }),
      "on another terminal's topic": async () => ({ payload: await signed(), terminal: 'fuzz-2' }),
      'of another kind': async () => {
        const other = KINDS[(KINDS.indexOf(kind) + 1 + random(2)) % 3] ?? 'order';
        return { payload: await sign(TYP_OF[other], await this.fresh(kind), stage.key) };
      },
      'without a kind': async () => ({
        payload: await sign(typ, await this.fresh(kind), stage.key, { typ: undefined }),
      }),
      'with a revoked key': async () => ({ payload: await sign(typ, await this.fresh(kind), stage.revoked) }),
      'with a key nobody knows': async () => ({
        payload: await sign(typ, await this.fresh(kind), { ...stage.revoked, kid: 'nobody' }),
      }),
      "under another key's id": async () => ({
        payload: await sign(typ, await this.fresh(kind), { ...stage.revoked, kid: stage.key.kid ?? '' }),
      }),
      'with no signature': async () => ({ payload: withAlgorithm(await signed(), 'none', () => '') }),
      'with the public key as a secret': async () => ({
        payload: withAlgorithm(await signed(), 'HS256', (text) =>
          createHmac('sha256', Buffer.from(stage.key.x ?? '', 'base64url'))
            .update(text)
            .digest('base64url'),
        ),
      }),
      'not as the schema wants it': async () => {
        const body = { ...(await this.fresh(kind)) } as Record<string, unknown>;
        const names = Object.keys(body).filter((each) => each !== 'arguments');
        const name = names[random(names.length)] ?? '';
        if (random(2) === 0) delete body[name];
        else body[name] = [null, {}, -1, '', [], '../x', 'x'.repeat(300)][random(7)];
        if (random(4) === 0) body['extra'] = true;
        return { payload: await sign(typ, body, stage.key) };
      },
      'not JSON': async () => ({
        payload: await sign(typ, mutate(Buffer.from('{"a":1}'), random).toString(), stage.key),
      }),
      'too large': async () => ({ payload: `${await signed()}${'A'.repeat(LIMITS.messageBytes)}` }),
      expired: async () => ({
        payload:
          kind === 'receipt'
            ? await signed({ hash: 'A'.repeat(43) })
            : await signed({ issuedAt: at(-20 * MINUTE), expiresAt: at(-random(1_000_000)) }),
      }),
      'from the future': async () => ({
        payload:
          kind === 'receipt'
            ? await signed({ seq: 1_000_000 })
            : await signed({ issuedAt: at(11 * MINUTE + random(1e6)), expiresAt: at(60 * MINUTE) }),
      }),
      'valid for too long': async () => ({
        payload:
          kind === 'receipt'
            ? await signed({ id: (await stage.append()).id })
            : await signed({ expiresAt: at(8 * 24 * 60 * MINUTE) }),
      }),
      'with an old counter': async () => ({
        payload: kind === 'command' ? await signed({ counter: 1 }) : (this.#seen[kind].at(-1) ?? 'none'),
      }),
    };
    const names = Object.keys(cases);
    const why = names[random(names.length)] ?? 'replayed';
    const made = await cases[why]?.();
    return { why, kind, payload: '', ...made };
  }
}

function withAlgorithm(jws: string, alg: string, signature: (text: string) => string): string {
  const [header = '', body = ''] = jws.split('.');
  const changed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), alg };
  const text = `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${body}`;
  return `${text}.${signature(text)}`;
}

/** Receipts are examined behind the line: looks until it holds, or gives up after a good while. */
async function comesToHold(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let turn = 0; turn < 5000; turn++) {
    if (await holds()) return true;
    await (turn < 50 ? new Promise((resolve) => setImmediate(resolve)) : sleep(1));
  }
  return false;
}

describe('messages from the broker that must have no effect', () => {
  test(`${COUNT} replayed, forged, expired, misaddressed, altered ones: none has any; genuine ones between them all have`, {
    timeout: 120_000 + COUNT * 20,
  }, async () => {
    const random = seeded(FUZZ_SEED + 7);
    const stage = await setStage();
    const attacker = new Attacker(stage, random);
    const tried = new Map<string, number>();
    let genuine = 0;
    for (let count = 0; count < COUNT; count++) {
      if (count % 40 === 0) {
        // The control: the same ways let a right one through.
        for (const kind of KINDS) {
          const before = await stage.effects();
          const body = await attacker.fresh(kind, kind === 'command' ? { command: 'collect-logs' } : {});
          const jws = await sign(TYP_OF[kind], body, stage.key);
          await stage.take(kind, jws);
          if (!(await comesToHold(async () => (await stage.effects()) !== before))) {
            expect.fail(`case ${count}: a genuine ${kind} had no effect`);
          }
          attacker.noteGenuine(kind, jws);
          genuine++;
        }
      }
      if (count % 300 === 299) await stage.restart();
      const { why, kind, payload, terminal } = await attacker.next();
      tried.set(why, (tried.get(why) ?? 0) + 1);
      const before = await stage.effects();
      const dropped = stage.dropped();
      await stage.take(kind, payload, terminal);
      // A receipt again is harmless: it confirms what is confirmed.
      const harmless = kind === 'receipt' && (why === 'replayed' || why === 'with an old counter');
      if (!harmless) {
        const isDropped = await comesToHold(() => stage.dropped() === dropped + 1);
        if (!isDropped) expect.fail(`case ${count}: a ${kind} ${why} was not dropped`);
      }
      const after = await stage.effects();
      if (after !== before)
        expect.fail(`case ${count}: a ${kind} ${why} had an effect: ${before} → ${after}`);
    }
    expect(genuine).toBeGreaterThan(100);
    expect(tried.size).toBe(18);
    expect(Math.min(...tried.values())).toBeGreaterThan(20);
  });
});
