import { readBundle } from './bundle-file.js';
import { createEnvelope } from './envelope.js';
import { identityFault } from './errors.js';
import { createFileSigner } from './file-signer.js';
import { readIfThere } from './files.js';
import { keySetFiles } from './key-set.js';
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
  const { privateJwk, keyId, directory } = await readSigningKey(stateDirectory);
  const { terminal, site, broker, keys, policy = {}, terminalKey } = await readBundle(stateDirectory);
  // The carrier would refuse whatever this key signs.
  if (terminalKey !== keyId) {
    throw identityFault('BUNDLE_INVALID', { details: { problem: 'made for another terminal key' } });
  }
  const tlsKey = await readIfThere(keySetFiles(directory).tlsKey);
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
