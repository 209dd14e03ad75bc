import { carrierFault } from './errors.js';
import type { CarrierStore } from './store.js';

/**
 * A carrier's store by its address: `postgres://…` for a fleet, else a SQLite file (`:memory:` to try things).
 *
 * @throws CARRIER_STORE_FAILED
 */
export async function openCarrierStore(address: string): Promise<CarrierStore> {
  if (/^postgres(ql)?:\/\//.test(address)) {
    const { openPostgresCarrierStore } = await import('./postgres-store.js');
    return openPostgresCarrierStore(address);
  }
  if (/^[a-z]+:\/\//i.test(address)) {
    throw carrierFault('STORE_FAILED', { details: { problem: 'neither a file nor postgres://' } });
  }
  const { openSqliteCarrierStore } = await import('./sqlite-store.js');
  return openSqliteCarrierStore(address);
}
