import { compactVerify, importJWK, type JWK } from 'jose';
import { TYP } from '../contract/envelope.js';
import { type SiteBundle, siteBundleSchema } from '../contract/site-bundle.js';
import { identityFault } from './errors.js';
import { identityFiles, readIfThere } from './files.js';
import { readPinnedRoot } from './root.js';

const MAX_CHARACTERS = 512 * 1024;

/** The bundle in force, its signature checked again. @throws IDENTITY_NOT_PROVISIONED, IDENTITY_BUNDLE_INVALID */
export async function readBundle(stateDirectory: string): Promise<SiteBundle> {
  return (await readSignedBundle(stateDirectory)).bundle;
}

/** As `readBundle`, with the text that the carrier signed. */
export async function readSignedBundle(stateDirectory: string): Promise<{ bundle: SiteBundle; jws: string }> {
  const [root, text] = await Promise.all([
    readPinnedRoot(stateDirectory),
    readIfThere(identityFiles(stateDirectory).bundle),
  ]);
  if (root === undefined || text === undefined) throw identityFault('NOT_PROVISIONED');
  const jws = text.trim();
  return { bundle: await openBundle(jws, root), jws };
}

/** Verifies and parses. @throws IDENTITY_BUNDLE_INVALID */
export async function openBundle(jws: string, root: JWK): Promise<SiteBundle> {
  try {
    if (jws.length > MAX_CHARACTERS) throw new Error('too large');
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(root, 'EdDSA'), {
      algorithms: ['EdDSA', 'Ed25519'],
    });
    if (protectedHeader.typ !== TYP.siteBundle) throw new Error('not a site bundle');
    return siteBundleSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)));
  } catch (error) {
    throw identityFault('BUNDLE_INVALID', { cause: error });
  }
}
