import { access } from 'node:fs/promises';
import type { Check } from '../domain/check.js';
import type { PartCheck } from './rounds.js';

/** A check that leaves its part alone as long as nothing speaks against it. */
export interface QuietCheck {
  readonly check: PartCheck;
  /** Something failed: the next round looks again. */
  doubt(): void;
}

/**
 * For a part that an examination would disturb: a camera that opens by itself every few seconds, with nobody before
 * it, is what people fear. It is opened once when the service starts, and again only while it is unwell, after a visit
 * that it failed, or when its device is gone.
 *
 * @param device path whose absence means that the part was unplugged
 */
export function createQuietCheck(examine: PartCheck, device: string | undefined): QuietCheck {
  let last: Check | undefined;
  return {
    async check() {
      const calm = last?.ok === true && (device === undefined || (await exists(device)));
      if (!calm || last === undefined) last = await examine();
      return last;
    },
    doubt() {
      last = undefined;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
