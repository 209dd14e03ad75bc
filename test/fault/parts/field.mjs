import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCarrier } from '#built/carrier/carrier.js';
import { createCarrierKeys, rootOf } from '#built/carrier/keys.js';
import { openSqliteCarrierStore } from '#built/carrier/sqlite-store.js';
import { acceptBundle } from '#built/identity/bundle.js';
import { createKeys } from '#built/identity/keys.js';

/** A carrier's keys and store on the disk, and terminals that it provisioned as in the field. */
export async function makeField(directory, { url, terminals, tls }) {
  const keys = await createCarrierKeys();
  const files = { keys: join(directory, 'carrier-keys.json'), store: join(directory, 'carrier.sqlite') };
  writeFileSync(files.keys, JSON.stringify(keys), { mode: 0o600 });
  const store = await openSqliteCarrierStore(files.store);
  const carrier = createCarrier({ keys, store });
  for (const terminal of terminals) {
    const stateDirectory = join(directory, terminal);
    const { keyId, publicJwk, tlsCsrPem } = await createKeys(stateDirectory);
    await store.register({ terminal, site: 'site-1', publicJwk });
    const broker =
      tls === undefined ? { url } : { url, ca: tls.ca, certificate: await tls.certify(terminal, tlsCsrPem) };
    const bundle = await carrier.bundle({ terminal, site: 'site-1', terminalKey: keyId, broker });
    await acceptBundle(stateDirectory, bundle, { root: rootOf(keys) });
  }
  await store.close();
  return files;
}
