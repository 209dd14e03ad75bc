import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { v7 } from 'uuid';
import type { Clock } from '../clock/port.js';
import { answerBodySchema, answerSchema } from '../contract/carrier-messages.js';
import { TYP } from '../contract/envelope.js';
import type { Query, QueryBody } from '../contract/terminal-messages.js';
import type { MaskedNumber } from '../domain/visit.js';
import type { TerminalIdentity } from '../identity/port.js';
import { uplinkFault } from './errors.js';

/** The person stands at the counter: after this the page says that the carrier does not answer. */
const ANSWER_WITHIN_MS = 20_000;

export interface NumbersQuery {
  ask(
    holder: { number: string; name: string },
    signal: AbortSignal,
  ): Promise<{ query: string; numbers: MaskedNumber[] }>;
  /** Takes a verified body of an answer; false when nobody waits for it. */
  take(body: unknown): boolean;
}

/**
 * Asks which numbers stand in a holder's name. The answer is sealed to a key made for this one question, which never
 * touches the disk: an answer that was recorded can be opened by nobody later.
 */
export function createNumbersQuery(
  identity: TerminalIdentity,
  deps: {
    readonly clock: Clock;
    /** Publishes a signed query; rejects when there is no connection. */
    readonly send: (jws: string, query: { id: string; expirySeconds: number }) => Promise<void>;
  },
): NumbersQuery {
  const { clock } = deps;
  const waiting = new Map<string, (sealed: string) => void>();

  return {
    async ask(holder, signal) {
      signal.throwIfAborted();
      const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256' });
      const { x = '', y = '' } = await exportJWK(publicKey);
      const body: QueryBody = { ...holder, replyTo: { kty: 'EC', crv: 'P-256', x, y } };
      const id = v7();
      const { at } = clock.now();
      const query: Query = {
        id,
        terminal: identity.terminal,
        at,
        expiresAt: new Date(Date.parse(at) + ANSWER_WITHIN_MS).toISOString(),
        sealed: await identity.envelope.seal(TYP.queryBody, body),
      };
      const jws = await identity.signer.sign(TYP.query, query);
      const answered = new Promise<string>((resolve) => waiting.set(id, resolve));
      const done = new AbortController();
      try {
        // From here on: a broker that lets the question wait does not get more of the person's time for it.
        const late = clock
          .sleep(ANSWER_WITHIN_MS, AbortSignal.any([signal, done.signal]))
          .then(() => Promise.reject(uplinkFault('TIMEOUT', { details: { on: 'query' } })));
        await Promise.race([
          deps.send(jws, { id, expirySeconds: ANSWER_WITHIN_MS / 1000 }),
          aborted(signal, done.signal),
          late,
        ]);
        const sealed = await Promise.race([answered, late]);
        return { query: id, numbers: await openAnswer(sealed, privateKey) };
      } finally {
        waiting.delete(id);
        done.abort();
      }
    },
    take(body) {
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success || parsed.data.terminal !== identity.terminal) return false;
      const settle = waiting.get(parsed.data.query);
      settle?.(parsed.data.sealed);
      return settle !== undefined;
    },
  };
}

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** @throws UPLINK_ANSWER_INVALID */
async function openAnswer(sealed: string, key: PrivateKey): Promise<MaskedNumber[]> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    if (protectedHeader['typ'] !== TYP.answerBody) throw new Error('another kind of message');
    const { numbers } = answerBodySchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
    return numbers.map(({ since, ...rest }) => (since === undefined ? rest : { ...rest, since }));
  } catch (error) {
    throw uplinkFault('ANSWER_INVALID', { cause: error });
  }
}

/** Rejects when the first signal is aborted; the second ends the waiting without a trace. */
function aborted(signal: AbortSignal, done: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: done });
  });
}
