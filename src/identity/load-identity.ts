import { readBundle } from './bundle.js';
import { createEnvelope } from './envelope.js';
import { createFileSigner } from './file-signer.js';
import { identityFiles, readIfThere } from './files.js';
import { readSigningKey } from './keys.js';
import type { TerminalIdentity } from './port.js';

/**
 * Who this terminal is. The bundle's signature is checked again at every start.
 *
 * @throws IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID, IDENTITY_BUNDLE_INVALID
 */
export async function loadIdentity(
  { stateDirectory }: { stateDirectory: string },
  { clock }: { clock: { now(): { readonly at: string } } },
): Promise<TerminalIdentity> {
  const { privateJwk, keyId } = await readSigningKey(stateDirectory);
  const { terminal, site, broker, keys, policy = {} } = await readBundle(stateDirectory);
  const tlsKey = await readIfThere(identityFiles(stateDirectory).tlsKey);
  return {
    terminal,
    site,
    broker: {
      ...broker,
      ...(broker.certificate === undefined || tlsKey === undefined ? {} : { key: tlsKey }),
    },
    keys,
    policy,
    signer: await createFileSigner(privateJwk, keyId),
    envelope: createEnvelope(keys, () => clock.now().at),
  };
}
