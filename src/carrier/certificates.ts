// tsyringe, inside @peculiar/x509, wants this polyfill before it is loaded.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { topicLevel } from '../contract/names.js';
import { CARRIER_USER } from './broker-rules.js';
import { carrierFault } from './errors.js';

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 825;
/** Short enough that a lost terminal need not be revoked for years; a new bundle renews it. */
const TERMINAL_DAYS = 365;
/** Clocks of terminals may be behind. */
const BACK_DATED_MS = DAY_MS;

export interface PemPair {
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

/** A certificate authority of the carrier's own, for broker and terminals. */
export async function createAuthority(name = 'Countersign carrier', now = new Date()): Promise<PemPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: SIGNING,
      ...validity(now, AUTHORITY_DAYS),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await toPem(keys.privateKey) };
}

/**
 * Client certificate for a terminal's request. Its name becomes the terminal's id, which brokers take for the user
 * name that access rules go by; what the request calls itself does not matter.
 *
 * @throws CARRIER_REQUEST_INVALID
 */
export async function certifyTerminal(
  authority: PemPair,
  request: { readonly csr: string; readonly terminal: string },
  now = new Date(),
): Promise<string> {
  try {
    const csr = new Pkcs10CertificateRequest(request.csr);
    if (!(await csr.verify(webcrypto))) throw new Error('not signed by its own key');
    return await certify(
      authority,
      topicLevel.parse(request.terminal),
      await csr.publicKey.export(webcrypto),
      [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
      validity(now, TERMINAL_DAYS),
    );
  } catch (error) {
    throw carrierFault('REQUEST_INVALID', { cause: error });
  }
}

/** Client certificate and key of the carrier itself. Its name has a dot, which no terminal's id may have. */
export async function certifyCarrier(authority: PemPair, now = new Date()): Promise<PemPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await certify(
    authority,
    CARRIER_USER,
    keys.publicKey,
    [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
    validity(now, SERVER_DAYS),
  );
  return { certificate, key: await toPem(keys.privateKey) };
}

/** Server certificate and key for a broker; `hosts` are names or IP addresses. */
export async function certifyBroker(
  authority: PemPair,
  hosts: readonly string[],
  now = new Date(),
): Promise<PemPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const names = hosts.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }) as const);
  const certificate = await certify(
    authority,
    hosts[0] ?? 'broker',
    keys.publicKey,
    [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([...names]),
    ],
    validity(now, SERVER_DAYS),
  );
  return { certificate, key: await toPem(keys.privateKey) };
}

async function certify(
  authority: PemPair,
  name: string,
  publicKey: webcrypto.CryptoKey,
  extensions: Extension[],
  dates: { notBefore: Date; notAfter: Date },
): Promise<string> {
  const issuer = new X509Certificate(authority.certificate);
  const [der] = PemConverter.decode(authority.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der ?? new ArrayBuffer(0), EC, false, [
    'sign',
  ]);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: issuer.subject,
      publicKey,
      signingKey,
      signingAlgorithm: SIGNING,
      ...dates,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACK_DATED_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
  };
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
