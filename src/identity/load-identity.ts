import type { JWK } from 'jose';
import { openBundle } from './bundle.js';
import { createEnvelope } from './envelope.js';
import { identityFault } from './errors.js';
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
  const files = identityFiles(stateDirectory);
  const [rootText, bundleText, tlsKey] = await Promise.all([
    readIfThere(files.root),
    readIfThere(files.bundle),
    readIfThere(files.tlsKey),
  ]);
  const { privateJwk, keyId } = await readSigningKey(stateDirectory);
  if (rootText === undefined || bundleText === undefined) throw identityFault('NOT_PROVISIONED');
  let root: JWK;
  try {
    root = JSON.parse(rootText) as JWK;
  } catch (error) {
    throw identityFault('FILE_INVALID', { cause: error, details: { file: 'carrier-root.jwk' } });
  }
  const { terminal, site, broker, keys, policy = {} } = await openBundle(bundleText, root);
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
