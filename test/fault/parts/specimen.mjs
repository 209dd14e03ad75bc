import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { v7 } from 'uuid';

/** A key pair of one trial, as PEM, so that several processes can share it. */
export function makeKey() {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
}

/** Signs as the identity does (compact JWS, EdDSA), without starting a JOSE library 1,000 times. */
export function signerOf(pem) {
  const key = createPrivateKey(pem);
  const header = Buffer.from('{"alg":"EdDSA","typ":"countersign-report+jws"}').toString('base64url');
  return async (draft, place) => {
    const body = Buffer.from(JSON.stringify({ ...draft, ...place })).toString('base64url');
    const signature = sign(null, Buffer.from(`${header}.${body}`), key).toString('base64url');
    return `${header}.${body}.${signature}`;
  };
}

/** Claims of a report whose signature holds; undefined for any other. */
export function verifierOf(pem) {
  const key = createPublicKey(createPrivateKey(pem));
  return (jws) => {
    const [header, body, signature] = jws.split('.');
    const held = verify(
      null,
      Buffer.from(`${header}.${body}`),
      key,
      Buffer.from(signature ?? '', 'base64url'),
    );
    return held ? JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) : undefined;
  };
}

/** Stands for a sealed holder: never real, and as long as the real one. */
const SEALED = 'x'.repeat(1800);

export function makeDraft(id = v7()) {
  return {
    id,
    service: 'new-number',
    outcome: 'verified',
    reasons: [],
    people: [{ role: 'holder', holder: `a..${SEALED}.b.c`, attempts: 1 }],
    decidedAt: { at: '2026-11-24T00:00:00.000Z', confidence: 'floor', boot: 1, elapsedMs: 1 },
    software: 'countersign 0.0.0',
    policy: 'specimen',
  };
}
