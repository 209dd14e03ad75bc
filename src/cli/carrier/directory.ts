import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Carrier, createCarrier } from '../../carrier/carrier.js';
import type { PemPair } from '../../carrier/certificates.js';
import { type CarrierKeys, createCarrierKeys, parseCarrierKeys, rootOf } from '../../carrier/keys.js';
import { openCarrierStore } from '../../carrier/open-store.js';
import { readTextFile, writeTextFile } from '../text-file.js';

const MAX_BYTES = 64 * 1024;
const PRIVATE = 0o600;

/** Where a reference carrier keeps what it is. */
export function carrierFiles(directory: string) {
  const at = (name: string): string => join(directory, name);
  return {
    keys: at('carrier-keys.json'),
    root: at('root.jwk'),
    ca: at('ca.pem'),
    caKey: at('ca-key.pem'),
    carrierCa: at('carrier-ca.pem'),
    carrierCaKey: at('carrier-ca-key.pem'),
    client: at('carrier.pem'),
    clientKey: at('carrier-key.pem'),
    store: at('carrier.sqlite'),
  };
}

/**
 * Makes what is not there: keys, root, certificate authorities, client certificate. What is there stays, but for a
 * client certificate that is older than the authority for it.
 */
export async function initCarrier(directory: string): Promise<{ created: string[] }> {
  const files = carrierFiles(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const created: string[] = [];
  const write = async (file: string, text: string, mode?: number): Promise<void> => {
    await writeTextFile(file, text, mode);
    created.push(file);
  };
  if (!(await isThere(files.keys))) {
    await write(files.keys, `${JSON.stringify(await createCarrierKeys(), null, 2)}\n`, PRIVATE);
  }
  if (!(await isThere(files.root))) {
    await write(files.root, `${JSON.stringify(rootOf(await readKeys(directory)))}\n`);
  }
  const { certifyCarrier, createAuthority } = await import('../../carrier/certificates.js');
  if (!(await isThere(files.caKey))) {
    const { certificate, key } = await createAuthority();
    // The key last: an interrupted attempt is begun anew, not continued with a certificate that does not fit.
    await write(files.ca, certificate);
    await write(files.caKey, key, PRIVATE);
  }
  const certifyClient = async (authority: PemPair): Promise<void> => {
    const { certificate, key } = await certifyCarrier(authority);
    await write(files.client, certificate);
    await write(files.clientKey, key, PRIVATE);
  };
  if (!(await isThere(files.carrierCaKey))) {
    // Not the terminals' authority: their certificates must not open the broker's door for carriers.
    const authority = await createAuthority('Countersign carriers');
    await write(files.carrierCa, authority.certificate);
    await certifyClient(authority);
    await write(files.carrierCaKey, authority.key, PRIVATE);
  } else if (!(await isThere(files.clientKey))) {
    await certifyClient(await readPair(files.carrierCa, files.carrierCaKey));
  }
  return { created };
}

/** @throws CLI_FILE_UNREADABLE, CARRIER_KEYS_INVALID */
export async function readKeys(directory: string): Promise<CarrierKeys> {
  return parseCarrierKeys(await readTextFile(carrierFiles(directory).keys, MAX_BYTES));
}

/**
 * The authority of terminals and broker.
 *
 * @throws CLI_FILE_UNREADABLE
 */
export async function readAuthority(directory: string): Promise<PemPair> {
  const { ca, caKey } = carrierFiles(directory);
  return readPair(ca, caKey);
}

/** @throws CLI_FILE_UNREADABLE */
export async function readCarrierCa(directory: string): Promise<string> {
  return readTextFile(carrierFiles(directory).carrierCa, MAX_BYTES);
}

/** The carrier of a directory, for as long as `work` lasts. */
export async function withCarrier<Result>(
  { directory, store: address }: { directory: string; store?: string },
  work: (carrier: Carrier) => Promise<Result>,
): Promise<Result> {
  const keys = await readKeys(directory);
  const store = await openCarrierStore(address ?? carrierFiles(directory).store);
  try {
    return await work(createCarrier({ keys, store }));
  } finally {
    await store.close();
  }
}

/** How the carrier connects: with its own certificate where the broker speaks TLS. */
export async function brokerConnection(directory: string, url: string) {
  if (!isTls(url)) return {};
  const { ca, client, clientKey } = carrierFiles(directory);
  const [authority, cert, key] = await Promise.all(
    [ca, client, clientKey].map((file) => readTextFile(file, MAX_BYTES)),
  );
  return { ca: authority ?? '', cert: cert ?? '', key: key ?? '' };
}

export function isTls(url: string): boolean {
  return /^(mqtts|wss):/.test(url);
}

async function readPair(certificate: string, key: string): Promise<PemPair> {
  return { certificate: await readTextFile(certificate, MAX_BYTES), key: await readTextFile(key, MAX_BYTES) };
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
