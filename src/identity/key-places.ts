import { join } from 'node:path';
import { isCountersignError } from '../domain/errors.js';
import { readBundle } from './bundle-file.js';
import { identityFault } from './errors.js';
import { eraseDurably, renameDurably } from './files.js';
import { keySetFiles, readKeySet, type SigningKey } from './key-set.js';

/**
 * Where key sets lie below the state directory:
 *
 *     identity/        the first set, made by `provision init`
 *     identity/keys/   a later one
 *     identity/next/   one that waits for its site bundle
 *
 * Which one is in force the site bundle alone decides, by the key that it is made for. To write the bundle is therefore
 * the whole of a change of keys; the places are put in order behind it, whenever there is time.
 */
function keyPlaces(stateDirectory: string) {
  const first = join(stateDirectory, 'identity');
  return { first, later: join(first, 'keys'), next: join(first, 'next') };
}

export interface PlacedKey extends SigningKey {
  readonly directory: string;
}

/** Where the next keys are made, wait, and are found by the bundle that is made for them. */
export function placeOfNextKeys(stateDirectory: string): string {
  return keyPlaces(stateDirectory).next;
}

/** The set with this key, wherever it lies. @throws IDENTITY_FILE_INVALID */
export async function findKeySet(stateDirectory: string, keyId: string): Promise<PlacedKey | undefined> {
  const { later, next, first } = keyPlaces(stateDirectory);
  let damaged: unknown;
  for (const directory of [later, next, first]) {
    try {
      const key = await readKeySet(directory);
      if (key?.keyId === keyId) return { ...key, directory };
    } catch (error) {
      // A set that is not in force may be damaged without harm.
      damaged ??= error;
    }
  }
  if (damaged !== undefined) throw damaged;
  return undefined;
}

/**
 * The set in force: the one that the site bundle is made for. Where there is no bundle, none that can be read, or one for
 * keys that are gone, the newest set that no longer waits.
 *
 * @throws IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID
 */
export async function keySetInForce(stateDirectory: string): Promise<PlacedKey> {
  const keyId = await keyOfBundle(stateDirectory);
  const named = keyId === undefined ? undefined : await findKeySet(stateDirectory, keyId);
  const placed = named ?? (await lastKeySet(stateDirectory));
  if (placed === undefined) throw identityFault('NOT_PROVISIONED');
  return placed;
}

/** Directory in which `provision init` makes the first keys, or completes those in force. */
export async function placeOfPresentKeys(stateDirectory: string): Promise<string> {
  try {
    return (await keySetInForce(stateDirectory)).directory;
  } catch (error) {
    if (isCountersignError(error) && error.code === 'IDENTITY_NOT_PROVISIONED') {
      return keyPlaces(stateDirectory).first;
    }
    throw error;
  }
}

/**
 * Puts the places in order: the set in force out of `next`, every set that no bundle will ever name again erased. May be
 * cut off at any point and called at any time; which set is in force does not change.
 *
 * @throws IDENTITY_NOT_PROVISIONED, IDENTITY_FILE_INVALID
 */
export async function settleKeySets(stateDirectory: string): Promise<void> {
  const { first, later, next } = keyPlaces(stateDirectory);
  const keyId = await keyOfBundle(stateDirectory);
  const inForce = keyId === undefined ? undefined : await findKeySet(stateDirectory, keyId);
  if (inForce === undefined) return;
  if (inForce.directory === next) {
    await eraseDurably([later]);
    await renameDurably(next, later);
  }
  if (inForce.directory === first) await eraseDurably([later]);
  else await eraseDurably(Object.values(keySetFiles(first)).flatMap((file) => [file, `${file}.new`]));
}

async function lastKeySet(stateDirectory: string): Promise<PlacedKey | undefined> {
  const { later, first } = keyPlaces(stateDirectory);
  for (const directory of [later, first]) {
    const key = await readKeySet(directory);
    if (key !== undefined) return { ...key, directory };
  }
  return undefined;
}

/** Undefined where there is no bundle, or a damaged one: whoever needs the bundle itself is told so. */
async function keyOfBundle(stateDirectory: string): Promise<string | undefined> {
  try {
    return (await readBundle(stateDirectory)).terminalKey;
  } catch (error) {
    if (isCountersignError(error)) return undefined;
    throw error;
  }
}
