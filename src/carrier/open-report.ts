import { createHash } from 'node:crypto';
import { compactDecrypt, compactVerify, importJWK, type JWK } from 'jose';
import { TYP, type Typ } from '../contract/envelope.js';
import { LIMITS } from '../contract/limits.js';
import { type Holder, holderSchema, type Report, reportSchema } from '../contract/report.js';
import { carrierFault } from './errors.js';
import type { CarrierKeys } from './keys.js';

/** A report that was verified, with each holder's fields opened. */
export interface OpenedReport {
  readonly report: Report;
  readonly holders: readonly (Holder | undefined)[];
  readonly hash: string;
  readonly jws: string;
}

/** JSON of a message that this terminal signed. @throws CARRIER_REPORT_INVALID */
export async function verifyFromTerminal(typ: Typ, jws: string, publicJwk: JWK): Promise<unknown> {
  try {
    if (jws.length > LIMITS.messageBytes) throw new Error('too large');
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(publicJwk, 'EdDSA'), {
      algorithms: ['EdDSA', 'Ed25519'],
    });
    if (protectedHeader.typ !== typ) throw new Error('another kind of message');
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw carrierFault('REPORT_INVALID', { cause: error, details: { typ } });
  }
}

/** Verifies, validates and opens. @throws CARRIER_REPORT_INVALID */
export async function openReport(jws: string, publicJwk: JWK, keys: CarrierKeys): Promise<OpenedReport> {
  const body = await verifyFromTerminal(TYP.report, jws, publicJwk);
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

/** JSON of what a terminal sealed to the carrier. */
export async function openSealed(typ: Typ, jwe: string, { sealing }: CarrierKeys): Promise<unknown> {
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, await importJWK(sealing, 'ECDH-ES'), {
    keyManagementAlgorithms: ['ECDH-ES'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  if (protectedHeader['typ'] !== typ) throw new Error('another kind of sealed message');
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext));
}
