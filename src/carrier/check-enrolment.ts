import { createHash } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { type Enrolment, enrolmentProofSchema, enrolmentSchema } from '../contract/enrolment.js';
import { TYP } from '../contract/envelope.js';
import { verifyFromTerminal } from './open-report.js';

/**
 * Whoever made it has the signing key, and means this TLS request with it.
 *
 * @param given JSON from outside
 * @throws what is wrong with it; the caller says what it was for
 */
export async function checkEnrolment(given: unknown): Promise<Enrolment> {
  const enrolment = enrolmentSchema.parse(given);
  const { terminalKey, publicJwk, csr, proof } = enrolment;
  if ((await calculateJwkThumbprint(publicJwk)) !== terminalKey)
    throw new Error('not the thumbprint of its key');
  const proved = enrolmentProofSchema.parse(await verifyFromTerminal(TYP.enrolment, proof, [publicJwk]));
  const csrHash = createHash('sha256').update(csr).digest('base64url');
  if (proved.terminalKey !== terminalKey || proved.csrHash !== csrHash)
    throw new Error('proof of something else');
  return enrolment;
}
