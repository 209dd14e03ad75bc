import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Carrier, createCarrier } from '#built/carrier/carrier.js';
import { enrolTerminal } from '#built/carrier/enrol.js';
import { describeKeys, forgetKey, forgetPassedKeys } from '#built/carrier/forget-keys.js';
import { createCarrierKeys } from '#built/carrier/keys.js';
import { openCarrierStore } from '#built/carrier/open-store.js';
import { TYP } from '#built/contract/envelope.js';
import { requestEnrolment } from '#built/identity/enrolment.js';
import { createFileSigner } from '#built/identity/file-signer.js';
import { createKeys, readSigningKey } from '#built/identity/keys.js';

describe('the keys of a terminal, at the carrier', () => {
  let directory: string;
  let carrier: Carrier;
  /** Thumbprints. */
  let former: string;
  let newest: string;
  let last: string | undefined;

  const place = (name: string): string => join(directory, name);
  /** A report with this number, signed by the key that lies there. */
  const report = async (seq: number, by: 'former' | 'newest'): Promise<void> => {
    const { privateJwk, keyId } = await readSigningKey(place(by));
    const jws = await (await createFileSigner(privateJwk, keyId)).sign(TYP.report, { seq });
    const hash = randomBytes(32).toString('base64url');
    await carrier.store.save({
      ...{ terminal: 't-1', seq, id: v7(), hash, previous: last, chainRestarted: false, jws },
      at: '2026-11-24T10:00:00.000Z',
    });
    last = hash;
  };
  const enrol = async (name: string, replaceKey = false): Promise<string> =>
    enrolTerminal(carrier, {
      enrolment: await requestEnrolment(place(name)),
      ...{ terminal: 't-1', site: 's-1', brokerUrl: 'mqtt://broker', replaceKey },
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keys-'));
    carrier = createCarrier({ keys: await createCarrierKeys(), store: await openCarrierStore(':memory:') });
    last = undefined;
    const [before, after] = [await createKeys(place('former')), await createKeys(place('newest'))];
    [former, newest] = [before.keyId, after.keyId];
    await enrol('former');
    await carrier.store.addKey('t-1', after.publicJwk);
  });
  afterEach(async () => {
    await carrier.store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('have passed when a report with the newest came and no number is missing', async () => {
    expect(await describeKeys(carrier, 't-1')).toEqual({
      ...{ terminal: 't-1', newest, former: [former], passed: false },
    });
    await report(1, 'former');
    await report(2, 'former');
    expect(await forgetPassedKeys(carrier, 't-1')).toEqual([]);
    await report(3, 'newest');
    expect(await describeKeys(carrier, 't-1')).toMatchObject({ passed: true });
    expect(await forgetPassedKeys(carrier, 't-1')).toEqual([former]);
    expect(await describeKeys(carrier, 't-1')).toMatchObject({ newest, former: [], passed: true });
  });

  it('are not forgotten while a number is missing: it may have been signed by the former', async () => {
    await report(1, 'former');
    last = randomBytes(32).toString('base64url');
    await report(3, 'newest');
    await expect(forgetKey(carrier, 't-1', former)).rejects.toMatchObject({ code: 'CARRIER_KEY_NEEDED' });
    expect(await forgetPassedKeys(carrier, 't-1')).toEqual([]);
    await forgetKey(carrier, 't-1', former, { revoke: true });
    expect(await describeKeys(carrier, 't-1')).toMatchObject({ newest, former: [] });
  });

  it('are never without the newest, and none is forgotten twice', async () => {
    for (const keyId of [newest, 'x'.repeat(43)]) {
      await expect(forgetKey(carrier, 't-1', keyId, { revoke: true })).rejects.toMatchObject({
        code: 'CARRIER_KEY_UNKNOWN',
      });
    }
    await expect(describeKeys(carrier, 'nobody')).rejects.toMatchObject({ code: 'CARRIER_TERMINAL_UNKNOWN' });
  });

  it('stay when a bundle is made for any of them, until another takes the place of all', async () => {
    for (const name of ['former', 'newest']) {
      await enrol(name);
      expect(await describeKeys(carrier, 't-1')).toMatchObject({ newest, former: [former] });
    }
    await forgetKey(carrier, 't-1', former, { revoke: true });
    await expect(enrol('former')).rejects.toMatchObject({ code: 'CARRIER_TERMINAL_KNOWN' });
    await enrol('former', true);
    expect(await describeKeys(carrier, 't-1')).toMatchObject({ newest: former, former: [] });
  });
});
