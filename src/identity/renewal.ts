import { isCountersignError } from '../domain/errors.js';
import { type AcceptOptions, acceptBundle, examineBundle } from './bundle.js';
import { readSignedBundle } from './bundle-file.js';
import { enrolmentOf } from './enrolment.js';
import { eraseDurably, readIfThere } from './files.js';
import { placeOfNextKeys, settleKeySets } from './key-places.js';
import { keySetFiles, readKeySet } from './key-set.js';
import type { KeyRenewal } from './port.js';

/** New keys for a terminal whose keys lie in files; see port.ts for what it promises. */
export function createKeyRenewal(
  stateDirectory: string,
  { examine }: Pick<AcceptOptions, 'examine'> = {},
): KeyRenewal {
  const options = examine === undefined ? {} : { examine };
  return {
    async begin(anew = false) {
      // Keys that have come into force and still lie where the next ones are made would be given out a second time.
      await settleKeySets(stateDirectory);
      const { jws } = await readSignedBundle(stateDirectory);
      const place = placeOfNextKeys(stateDirectory);
      if (anew || (await isDamaged(place))) await eraseDurably([place]);
      return { enrolment: await enrolmentOf(place), bundle: jws };
    },
    async examine(text) {
      const { bundle, key } = await examineBundle(stateDirectory, text, options);
      const tlsKey = await readIfThere(keySetFiles(key.directory).tlsKey);
      const { broker, terminalKey } = bundle;
      return {
        terminalKey,
        broker: {
          ...broker,
          ...(broker.certificate === undefined || tlsKey === undefined ? {} : { key: tlsKey }),
        },
      };
    },
    async accept(text) {
      await acceptBundle(stateDirectory, text, options);
    },
  };
}

/** Nothing was signed with keys that wait: damaged ones are made anew rather than left to a technician. */
async function isDamaged(directory: string): Promise<boolean> {
  try {
    await readKeySet(directory);
    return false;
  } catch (error) {
    if (isCountersignError(error)) return true;
    throw error;
  }
}
