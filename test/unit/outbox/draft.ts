import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { ReportDraft } from '#built/contract/report.js';
import type { SignReport } from '#built/outbox/port.js';

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs as the terminal does, with a key of this test run. */
export function testSigner(key: KeyObject = generateKeyPairSync('ed25519').privateKey): SignReport {
  return async (draft, { seq, previous, chainRestarted }) => {
    const body = { ...draft, seq, previous, chainRestarted, terminal: 't1', site: 's1', signerTier: 'file' };
    const text = `${base64url({ alg: 'EdDSA', typ: 'countersign-report+jws' })}.${base64url(body)}`;
    return `${text}.${signBytes(null, Buffer.from(text), key).toString('base64url')}`;
  };
}

export function draft(id: string = v7()): ReportDraft {
  return {
    id,
    service: 'new-number',
    outcome: 'verified',
    reasons: ['face-matches-card'],
    people: [],
    decidedAt: { at: '2026-11-23T08:00:00.000Z', confidence: 'synchronised', boot: 1, elapsedMs: 12.5 },
    software: 'countersign test',
    policy: '1',
  };
}
