import { createHash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  compactDecrypt,
  compactVerify,
  decodeProtectedHeader,
  importJWK,
  type JWK,
} from 'jose';
import { isCanonical } from '../contract/canonical.js';
import { TYP, type Typ } from '../contract/envelope.js';
import { LIMITS } from '../contract/limits.js';
import { type Holder, holderSchema, type Report, reportSchema } from '../contract/report.js';
import {
  type CommandResult,
  logsBodySchema,
  type Query,
  queryBodySchema,
  querySchema,
} from '../contract/terminal-messages.js';
import { carrierFault } from './errors.js';
import type { CarrierKeys, SealingKey } from './keys.js';

/** A report that was verified, with each holder's fields opened. */
export interface OpenedReport {
  readonly report: Report;
  readonly holders: readonly (Holder | undefined)[];
  readonly hash: string;
  readonly jws: string;
}

/**
 * JSON of a message that this terminal signed, with one of the keys that are taken from it.
 *
 * @throws CARRIER_REPORT_INVALID, CARRIER_MESSAGE_INVALID
 */
export async function verifyFromTerminal(typ: Typ, jws: string, keys: readonly JWK[]): Promise<unknown> {
  try {
    if (jws.length > LIMITS.messageBytes) throw new Error('too large');
    if (!isCanonical(jws)) throw new Error('not canonical');
    const key = await importJWK(await keyFor(jws, keys), 'EdDSA');
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: ['EdDSA', 'Ed25519'] });
    if (protectedHeader.typ !== typ) throw new Error('another kind of message');
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw carrierFault(typ === TYP.report ? 'REPORT_INVALID' : 'MESSAGE_INVALID', {
      cause: error,
      details: { typ },
    });
  }
}

/** Id of the key that a message says it is signed with (RFC 7638 thumbprint); holds once the message was verified. */
export function signedBy(jws: string): string | undefined {
  return decodeProtectedHeader(jws).kid;
}

/** Where there is one key alone the signature decides; among several, which are there while keys change, the id. */
async function keyFor(jws: string, [only, ...more]: readonly JWK[]): Promise<JWK> {
  if (only === undefined) throw new Error('the terminal has no key');
  if (more.length === 0) return only;
  const kid = signedBy(jws);
  for (const key of [only, ...more]) if ((await calculateJwkThumbprint(key)) === kid) return key;
  throw new Error('no key that is taken from this terminal has this id');
}

/** Verifies, validates and opens. @throws CARRIER_REPORT_INVALID */
export async function openReport(
  jws: string,
  terminalKeys: readonly JWK[],
  keys: CarrierKeys,
): Promise<OpenedReport> {
  const body = await verifyFromTerminal(TYP.report, jws, terminalKeys);
  try {
    const report = reportSchema.parse(body);
    const holders = await Promise.all(
      report.people.map(({ holder }) =>
        holder === undefined
          ? undefined
          : openSealed(TYP.holder, holder, keys).then((it) => holderSchema.parse(it)),
      ),
    );
    return { report, holders, jws, hash: createHash('sha256').update(jws, 'ascii').digest('base64url') };
  } catch (error) {
    throw carrierFault('REPORT_INVALID', { cause: error });
  }
}

/** A query for numbers, verified and opened. @throws CARRIER_MESSAGE_INVALID */
export async function openQuery(
  terminal: string,
  jws: string,
  terminalKeys: readonly JWK[],
  keys: CarrierKeys,
): Promise<{ query: Query; holder: { number: string; name: string }; replyTo: JWK }> {
  const body = await verifyFromTerminal(TYP.query, jws, terminalKeys);
  try {
    const query = querySchema.parse(body);
    if (query.terminal !== terminal) throw new Error('another terminal');
    const { number, name, replyTo } = queryBodySchema.parse(
      await openSealed(TYP.queryBody, query.sealed, keys),
    );
    return { query, holder: { number, name }, replyTo };
  } catch (error) {
    throw carrierFault('MESSAGE_INVALID', { cause: error, details: { typ: TYP.query } });
  }
}

/** The log lines that came with a command's result, if any did. @throws CARRIER_MESSAGE_INVALID */
export async function openLogs(
  { sealed }: Pick<CommandResult, 'sealed'>,
  keys: CarrierKeys,
): Promise<readonly string[] | undefined> {
  if (sealed === undefined) return undefined;
  try {
    return logsBodySchema.parse(await openSealed(TYP.logs, sealed, keys)).lines;
  } catch (error) {
    throw carrierFault('MESSAGE_INVALID', { cause: error, details: { typ: TYP.logs } });
  }
}

/** JSON of what a terminal sealed to the carrier. */
export async function openSealed(typ: Typ, jwe: string, { sealing }: CarrierKeys): Promise<unknown> {
  const { kid } = decodeProtectedHeader(jwe);
  const key = sealing.find((each) => each.kid === kid);
  if (key === undefined) throw new Error('sealed to a key that is not here');
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, await importJWK(jwkOf(key), 'ECDH-ES'), {
    keyManagementAlgorithms: ['ECDH-ES'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  if (protectedHeader['typ'] !== typ) throw new Error('another kind of sealed message');
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext));
}

function jwkOf({ kty, crv, x, y, d }: SealingKey): JWK {
  return { kty, crv, x, y, d };
}
