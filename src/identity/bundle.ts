import { createPrivateKey, X509Certificate } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { TYP } from '../contract/envelope.js';
import { type SiteBundle, siteBundleSchema } from '../contract/site-bundle.js';
import { identityFault } from './errors.js';
import { identityFiles, readIfThere, writeDurably } from './files.js';
import { readSigningKey } from './keys.js';

const MAX_CHARACTERS = 512 * 1024;

/**
 * Takes a site bundle: all of it is verified before anything is written, and it is written whole. The root that
 * signed the first bundle is pinned; queued reports are not touched.
 *
 * @param root public Ed25519 key of the carrier; may be left out once it is pinned
 * @throws IDENTITY_BUNDLE_INVALID, IDENTITY_BUNDLE_OLD, IDENTITY_NOT_PROVISIONED
 */
export async function acceptBundle(
  stateDirectory: string,
  jws: string,
  options: { root?: JWK } = {},
): Promise<SiteBundle> {
  const files = identityFiles(stateDirectory);
  const { keyId } = await readSigningKey(stateDirectory);
  const pinned = await readIfThere(files.root);
  const root = pinned === undefined ? options.root : (JSON.parse(pinned) as JWK);
  if (root === undefined) {
    throw identityFault('BUNDLE_INVALID', { details: { problem: 'no carrier root: name it with --root' } });
  }
  if (options.root !== undefined && pinned !== undefined && !(await sameKey(root, options.root))) {
    throw identityFault('BUNDLE_INVALID', { details: { problem: 'another carrier root is pinned' } });
  }
  const bundle = await openBundle(jws.trim(), root);
  if (bundle.terminalKey !== keyId) {
    throw identityFault('BUNDLE_INVALID', { details: { problem: 'made for another terminal key' } });
  }
  await checkCertificate(stateDirectory, bundle);
  const inForce = await readIfThere(files.bundle);
  if (inForce !== undefined && (await openBundle(inForce, root)).serial >= bundle.serial) {
    throw identityFault('BUNDLE_OLD', { details: { serial: bundle.serial } });
  }
  if (pinned === undefined) await writeDurably(files.root, JSON.stringify(root));
  await writeDurably(files.bundle, jws.trim());
  return bundle;
}

/** Verifies and parses. @throws IDENTITY_BUNDLE_INVALID */
export async function openBundle(jws: string, root: JWK): Promise<SiteBundle> {
  try {
    if (jws.length > MAX_CHARACTERS) throw new Error('too large');
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(root, 'EdDSA'), {
      algorithms: ['EdDSA', 'Ed25519'],
    });
    if (protectedHeader.typ !== TYP.siteBundle) throw new Error('not a site bundle');
    return siteBundleSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (error) {
    throw identityFault('BUNDLE_INVALID', { cause: error });
  }
}

/** A certificate for another key would be found out only when TLS fails, in the field. */
async function checkCertificate(stateDirectory: string, { broker }: SiteBundle): Promise<void> {
  if (broker.certificate === undefined) return;
  const key = await readIfThere(identityFiles(stateDirectory).tlsKey);
  try {
    const certificate = new X509Certificate(broker.certificate);
    if (key === undefined || !certificate.checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the TLS certificate is for another key');
    }
  } catch (error) {
    throw identityFault('BUNDLE_INVALID', { cause: error, details: { problem: 'TLS certificate' } });
  }
}

async function sameKey(a: JWK, b: JWK): Promise<boolean> {
  return (await calculateJwkThumbprint(a)) === (await calculateJwkThumbprint(b));
}
