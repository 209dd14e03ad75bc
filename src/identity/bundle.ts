import { createPrivateKey, X509Certificate } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import type { SiteBundle } from '../contract/site-bundle.js';
import { isCountersignError } from '../domain/errors.js';
import { openBundle } from './bundle-file.js';
import { toJwk } from './carrier-keys.js';
import { identityFault } from './errors.js';
import { identityFiles, readIfThere, writeDurably } from './files.js';
import { findKeySet, keySetInForce, type PlacedKey } from './key-places.js';
import { keySetFiles } from './key-set.js';
import { readPinnedRoot, sameKey } from './root.js';

export interface AcceptOptions {
  /** Public Ed25519 key of the carrier; may be left out once it is pinned. */
  readonly root?: JWK;
  /** A further look before anything is written, e.g. at the policy; refuses by throwing. */
  readonly examine?: (bundle: SiteBundle) => void;
}

export interface ExaminedBundle {
  readonly bundle: SiteBundle;
  /** The keys that it is made for: those in force, or the next ones. */
  readonly key: PlacedKey;
  /** It is in force already. */
  readonly inForce: boolean;
  readonly jws: string;
  readonly root: JWK;
}

/**
 * Takes a site bundle: all of it is verified before anything is written, and it is written whole. The root that
 * signed the first bundle is pinned; keys and queued reports are not touched. A bundle for the next keys puts these in
 * force by being written. The bundle in force again changes nothing.
 *
 * @throws IDENTITY_BUNDLE_INVALID, IDENTITY_BUNDLE_OLD, IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID
 */
export async function acceptBundle(
  stateDirectory: string,
  text: string,
  options: AcceptOptions = {},
): Promise<SiteBundle> {
  const { bundle, inForce, jws, root } = await examineBundle(stateDirectory, text, options);
  if (inForce) return bundle;
  const files = identityFiles(stateDirectory);
  if ((await readIfThere(files.root)) === undefined) await writeDurably(files.root, JSON.stringify(root));
  await writeDurably(files.bundle, jws);
  return bundle;
}

/** The first half of `acceptBundle`: verifies all of it and writes nothing. @throws as `acceptBundle` */
export async function examineBundle(
  stateDirectory: string,
  text: string,
  options: AcceptOptions = {},
): Promise<ExaminedBundle> {
  const jws = text.trim();
  const files = identityFiles(stateDirectory);
  // Before anything else: a terminal without keys is told so, whatever the bundle is.
  await keySetInForce(stateDirectory);
  const pinned = await readPinnedRoot(stateDirectory);
  const root = pinned ?? options.root;
  if (root === undefined) throw invalid('no carrier root: name it with --root');
  if (options.root !== undefined && !(await sameKey(root, options.root))) {
    throw invalid('another carrier root is pinned');
  }
  const bundle = await openBundle(jws, root);
  const key = await findKeySet(stateDirectory, bundle.terminalKey);
  if (key === undefined) throw invalid('made for another terminal key');
  await checkKeys(bundle);
  await checkCertificate(key.directory, bundle);
  options.examine?.(bundle);
  const present = (await readIfThere(files.bundle))?.trim();
  const inForce = present === jws;
  const before = present === undefined || inForce ? undefined : await openIfWhole(present, root);
  if (before !== undefined) followsOn(bundle, before);
  return { bundle, key, inForce, jws, root };
}

/** A damaged file must not keep out the bundle that puts it right. */
async function openIfWhole(jws: string, root: JWK): Promise<SiteBundle | undefined> {
  try {
    return await openBundle(jws, root);
  } catch (error) {
    if (isCountersignError(error)) return undefined;
    throw error;
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
async function checkCertificate(directory: string, { broker, terminal }: SiteBundle): Promise<void> {
  if (broker.certificate === undefined) return;
  const key = await readIfThere(keySetFiles(directory).tlsKey);
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
