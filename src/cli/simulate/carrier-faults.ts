import { setTimeout as sleep } from 'node:timers/promises';
import { CompactSign, decodeProtectedHeader, generateKeyPair } from 'jose';
import { z } from 'zod';
import type { ReferenceCarrierDeps, Sent } from '../../carrier/reference-carrier.js';
import { identifier } from '../../contract/names.js';

const effectSchema = z.strictObject({
  delayMs: z.int().min(0).max(3_600_000).optional().describe('send it so much later'),
  lose: z.boolean().optional().describe('do not send it'),
  copies: z.int().min(1).max(1000).optional().describe('send it so often'),
  forge: z.boolean().optional().describe('signed with a key that is not the one it names'),
  flip: z.boolean().optional().describe('one character of the body is another'),
  another: z
    .boolean()
    .optional()
    .describe('the one before, for another report, instead; nothing if there is none'),
  toTerminal: identifier.optional().describe("on this terminal's topic instead"),
});
export type SendEffect = z.infer<typeof effectSchema>;

export const sendFaultSchema = z.strictObject({
  on: z.enum(['receipt', 'answer', 'order', 'command', 'any']),
  skip: z.int().min(0).default(0).describe('let so many of these pass first'),
  times: z.int().min(1).default(1).describe('then do it so often; a large number for always'),
  do: effectSchema,
});
export type SendFault = z.infer<typeof sendFaultSchema>;

export const sendFaultFileSchema = z.strictObject({ faults: z.array(sendFaultSchema).max(1000) });

type OnSend = NonNullable<ReferenceCarrierDeps['onSend']>;

/** Strikes what the carrier sends, as a script says. */
export class SendFaults {
  readonly #faults: { fault: SendFault; seen: number }[] = [];
  readonly #before = new Map<string, string>();
  readonly #record: (fact: object) => void;

  constructor(faults: readonly SendFault[], record: (fact: object) => void) {
    this.#record = record;
    for (const fault of faults) this.add(fault);
  }

  /** Adds a fault that counts from now. */
  add(fault: SendFault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  readonly onSend: OnSend = async (message, deliver) => {
    const { terminal, name, jws } = message;
    const effect = this.#next(name);
    const place = `${terminal}/${name}`;
    const before = this.#before.get(place);
    this.#before.set(place, jws);
    if (effect === undefined) {
      await deliver(jws);
      return;
    }
    this.#record({ terminal, on: name, do: effect });
    const text = effect.another === true ? before : await spoil(jws, effect);
    if (effect.lose === true || text === undefined) return;
    const { delayMs = 0, copies = 1, toTerminal } = effect;
    const send = async (): Promise<void> => {
      for (let count = 0; count < copies; count += 1) await deliver(text, toTerminal);
    };
    // A late message must not hold up the ones after it.
    if (delayMs > 0)
      void sleep(delayMs, undefined, { ref: false })
        .then(send, () => {})
        .catch(() => {});
    else await send();
  };

  /** The first fault of the list whose turn it is. */
  #next(name: Sent): SendEffect | undefined {
    let effect: SendEffect | undefined;
    for (const entry of this.#faults) {
      const { on, skip, times } = entry.fault;
      if (on !== 'any' && on !== name) continue;
      const turn = entry.seen;
      entry.seen += 1;
      if (effect === undefined && turn >= skip && turn < skip + times) effect = entry.fault.do;
    }
    return effect;
  }
}

async function spoil(jws: string, { forge, flip }: SendEffect): Promise<string> {
  const forged = forge === true ? await signAnew(jws) : jws;
  return flip === true ? flipBody(forged) : forged;
}

/** Same header, same body, same key id, another key. */
async function signAnew(jws: string): Promise<string> {
  const { privateKey } = await generateKeyPair('Ed25519');
  const [, body = ''] = jws.split('.');
  const header = decodeProtectedHeader(jws);
  return new CompactSign(Buffer.from(body, 'base64url'))
    .setProtectedHeader({ ...header, alg: 'EdDSA' })
    .sign(privateKey);
}

function flipBody(jws: string): string {
  const [header = '', body = '', signature = ''] = jws.split('.');
  const middle = body.length >> 1;
  const other = body[middle] === 'A' ? 'B' : 'A';
  return `${header}.${body.slice(0, middle)}${other}${body.slice(middle + 1)}.${signature}`;
}
