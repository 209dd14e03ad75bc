import { createPrivateKey, X509Certificate } from 'node:crypto';
import { compactVerify, importJWK, type JWK } from 'jose';
import { TYP } from '../contract/envelope.js';
import { type SiteBundle, siteBundleSchema } from '../contract/site-bundle.js';
import { toJwk } from './carrier-keys.js';
import { identityFault } from './errors.js';
import { identityFiles, readIfThere, writeDurably } from './files.js';
import { readSigningKey } from './keys.js';
import { readPinnedRoot, sameKey } from './root.js';

const MAX_CHARACTERS = 512 * 1024;

export interface AcceptOptions {
  /** Public Ed25519 key of the carrier; may be left out once it is pinned. */
  readonly root?: JWK;
  /** A further look before anything is written, e.g. at the policy; refuses by throwing. */
  readonly examine?: (bundle: SiteBundle) => void;
}

/**
 * Takes a site bundle: all of it is verified before anything is written, and it is written whole. The root that
 * signed the first bundle is pinned; keys and queued reports are not touched. The bundle in force again changes
 * nothing.
 *
 * @throws IDENTITY_BUNDLE_INVALID, IDENTITY_BUNDLE_OLD, IDENTITY_NOT_PROVISIONED
 */
export async function acceptBundle(
  stateDirectory: string,
  text: string,
  options: AcceptOptions = {},
): Promise<SiteBundle> {
  const jws = text.trim();
  const files = identityFiles(stateDirectory);
  const { keyId } = await readSigningKey(stateDirectory);
  const pinned = await readPinnedRoot(stateDirectory);
  const root = pinned ?? options.root;
  if (root === undefined) throw invalid('no carrier root: name it with --root');
  if (options.root !== undefined && !(await sameKey(root, options.root))) {
    throw invalid('another carrier root is pinned');
  }
  const bundle = await openBundle(jws, root);
  if (bundle.terminalKey !== keyId) throw invalid('made for another terminal key');
  await checkKeys(bundle);
  await checkCertificate(stateDirectory, bundle);
  options.examine?.(bundle);
  const inForce = await readIfThere(files.bundle);
  if (inForce?.trim() === jws) return bundle;
  if (inForce !== undefined) followsOn(bundle, await openBundle(inForce.trim(), root));
  if (pinned === undefined) await writeDurably(files.root, JSON.stringify(root));
  await writeDurably(files.bundle, jws);
  return bundle;
}

/** The bundle in force, its signature checked again. @throws IDENTITY_NOT_PROVISIONED, IDENTITY_BUNDLE_INVALID */
export async function readBundle(stateDirectory: string): Promise<SiteBundle> {
  const [root, jws] = await Promise.all([
    readPinnedRoot(stateDirectory),
    readIfThere(identityFiles(stateDirectory).bundle),
  ]);
  if (root === undefined || jws === undefined) throw identityFault('NOT_PROVISIONED');
  return openBundle(jws.trim(), root);
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

/** Queued reports bear the terminal's id: under another one the carrier would refuse every one of them. */
function followsOn(bundle: SiteBundle, inForce: SiteBundle): void {
  if (inForce.serial >= bundle.serial) {
    throw identityFault('BUNDLE_OLD', { details: { serial: bundle.serial, inForce: inForce.serial } });
  }
  if (inForce.terminal !== bundle.terminal) throw invalid('it gives the terminal another id');
}

/** Both uses, unrevoked and importable: a key that does not work would be found out only at the first report. */
async function checkKeys({ keys }: SiteBundle): Promise<void> {
  for (const use of ['sig', 'enc'] as const) {
    const usable = keys.filter((key) => key.use === use && key.revoked !== true);
    if (usable.length === 0) throw invalid(`no carrier key for ${use}`);
    for (const key of usable) {
      try {
        await importJWK(toJwk(key), use === 'sig' ? 'EdDSA' : 'ECDH-ES');
      } catch (error) {
        throw invalid(`carrier key for ${use}`, error);
      }
    }
  }
}

/** A certificate for another key, or another name than brokers' access rules go by, would fail only in the field. */
async function checkCertificate(stateDirectory: string, { broker, terminal }: SiteBundle): Promise<void> {
  if (broker.certificate === undefined) return;
  const key = await readIfThere(identityFiles(stateDirectory).tlsKey);
  try {
    const certificate = new X509Certificate(broker.certificate);
    if (key === undefined || !certificate.checkPrivateKey(createPrivateKey(key))) {
      throw new Error('it is for another key');
    }
    if (!certificate.subject.split('\n').includes(`CN=${terminal}`)) throw new Error('it has another name');
    if (broker.ca !== undefined) new X509Certificate(broker.ca);
  } catch (error) {
    throw invalid('TLS certificate', error);
  }
}

function invalid(problem: string, cause?: unknown) {
  return identityFault('BUNDLE_INVALID', { cause, details: { problem } });
}
