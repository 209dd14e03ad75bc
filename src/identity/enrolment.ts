import { createHash } from 'node:crypto';
import { type Enrolment, enrolmentSchema } from '../contract/enrolment.js';
import { TYP } from '../contract/envelope.js';
import { createFileSigner } from './file-signer.js';
import { completeKeySet } from './key-set.js';
import { readSigningKey } from './keys.js';

/**
 * What the carrier needs to make a site bundle for this terminal: public keys, bound to one another by a signature.
 *
 * @throws IDENTITY_NOT_PROVISIONED before `createKeys`, IDENTITY_FILE_INVALID
 */
export async function requestEnrolment(stateDirectory: string): Promise<Enrolment> {
  return enrolmentOf((await readSigningKey(stateDirectory)).directory);
}

/** The same for one set of keys; makes what the set lacks. @throws IDENTITY_FILE_INVALID */
export async function enrolmentOf(directory: string): Promise<Enrolment> {
  const { privateJwk, publicJwk, keyId, tlsCsrPem } = await completeKeySet(directory);
  const signer = await createFileSigner(privateJwk, keyId);
  const csrHash = createHash('sha256').update(tlsCsrPem).digest('base64url');
  return enrolmentSchema.parse({
    version: 1,
    terminalKey: keyId,
    publicJwk,
    csr: tlsCsrPem,
    proof: await signer.sign(TYP.enrolment, { terminalKey: keyId, csrHash }),
  });
}
