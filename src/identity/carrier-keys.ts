import type { CarrierKey } from '../contract/site-bundle.js';

/** Keys for one use that may be used at `at` (ISO 8601). Revoked ones never. */
export function keysInForce(keys: readonly CarrierKey[], use: CarrierKey['use'], at: string): CarrierKey[] {
  return keys.filter(
    (key) =>
      key.use === use &&
      key.revoked !== true &&
      (key.notBefore === undefined || key.notBefore <= at) &&
      (key.notAfter === undefined || at <= key.notAfter),
  );
}

/** The key to seal to: of those in force the one that came into force last, so that rotation takes effect. */
export function newestKey(keys: readonly CarrierKey[]): CarrierKey | undefined {
  return [...keys].sort((a, b) => (a.notBefore ?? '').localeCompare(b.notBefore ?? '')).at(-1);
}

/** Public JWK without the fields that are ours. */
export function toJwk({ kid, kty, crv, x, y }: CarrierKey) {
  return { kid, kty, crv, x, ...(y === undefined ? {} : { y }) };
}
