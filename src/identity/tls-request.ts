// tsyringe, inside @peculiar/x509, wants this polyfill before it is loaded.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { exportJWK, importPKCS8 } from 'jose';

/** PKCS #10 request, PEM, for the TLS key in `pem` (PKCS #8). */
export async function requestCertificate(pem: string, keyId: string): Promise<string> {
  const privateKey = await importPKCS8(pem, 'ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { kty, crv, x, y } = jwk;
  const publicKey = await webcrypto.subtle.importKey(
    'jwk',
    { kty: kty ?? 'EC', crv: crv ?? 'P-256', x: x ?? '', y: y ?? '' },
    algorithm,
    true,
    ['verify'],
  );
  const request = await Pkcs10CertificateRequestGenerator.create(
    {
      // The carrier gives the terminal its name; the request is bound to the signing key instead.
      name: `CN=${keyId}`,
      keys: { privateKey, publicKey },
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    },
    webcrypto,
  );
  return request.toString('pem');
}
