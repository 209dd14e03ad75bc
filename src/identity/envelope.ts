import { CompactEncrypt, compactVerify, importJWK } from 'jose';
import { isCanonical } from '../contract/canonical.js';
import type { Typ } from '../contract/envelope.js';
import { LIMITS } from '../contract/limits.js';
import type { CarrierKey } from '../contract/site-bundle.js';
import { keysInForce, newestKey, toJwk } from './carrier-keys.js';
import { identityFault } from './errors.js';
import type { Envelope } from './port.js';

const ALGORITHMS = { algorithms: ['EdDSA', 'Ed25519'] };
const text = new TextDecoder('utf-8', { fatal: true });

/** Seals to the carrier and checks what it signed, with the keys of the site bundle. */
export function createEnvelope(keys: readonly CarrierKey[], now: () => string): Envelope {
  const imported = importOnce();
  return {
    async seal(typ, body) {
      const key = newestKey(keysInForce(keys, 'enc', now()));
      if (key === undefined) throw identityFault('REVOKED');
      return new CompactEncrypt(Buffer.from(JSON.stringify(body)))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, typ })
        .encrypt(await imported(key, 'ECDH-ES'));
    },
    async verify(typ, jws) {
      try {
        return await verifyWith(keysInForce(keys, 'sig', now()), imported, typ, jws);
      } catch (error) {
        throw identityFault('SIGNATURE_INVALID', { cause: error, details: { typ } });
      }
    },
  };
}

type Import = (
  key: CarrierKey,
  algorithm: 'EdDSA' | 'ECDH-ES',
) => Promise<Awaited<ReturnType<typeof importJWK>>>;

/** To import a key takes longer than to use it. */
function importOnce(): Import {
  const known = new Map<string, ReturnType<Import>>();
  return (key, algorithm) => {
    const found = known.get(key.kid) ?? importJWK(toJwk(key), algorithm);
    known.set(key.kid, found);
    return found;
  };
}

async function verifyWith(
  keys: readonly CarrierKey[],
  imported: Import,
  typ: Typ,
  jws: string,
): Promise<unknown> {
  if (jws.length > LIMITS.messageBytes) throw new Error('too large');
  if (!isCanonical(jws)) throw new Error('not canonical');
  const keyFor = ({ kid }: { readonly kid?: string }) => {
    const key = keys.find((each) => each.kid === kid);
    if (key === undefined) throw new Error('no key in force has this id');
    return imported(key, 'EdDSA');
  };
  const { payload, protectedHeader } = await compactVerify(jws, keyFor, ALGORITHMS);
  // One kind of message must never be taken for another (RFC 8725 §3.11).
  if (protectedHeader.typ !== typ) throw new Error('another kind of message');
  return JSON.parse(text.decode(payload));
}
