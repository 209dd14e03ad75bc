import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carrier, createCarrier } from '#built/carrier/carrier.js';
import { certifyTerminal, createAuthority, type PemPair } from '#built/carrier/certificates.js';
import {
  bundleKeysOf,
  type CarrierKeys,
  createCarrierKeys,
  rootOf,
  rotateKeys,
} from '#built/carrier/keys.js';
import { openCarrierStore } from '#built/carrier/open-store.js';
import { TYP } from '#built/contract/envelope.js';
import type { SiteBundle } from '#built/contract/site-bundle.js';
import { acceptBundle } from '#built/identity/bundle.js';
import { createEnvelope } from '#built/identity/envelope.js';
import { createKeys, type TerminalKeys } from '#built/identity/keys.js';
import { loadIdentity } from '#built/identity/load-identity.js';
import { sign } from '../../fuzz/uplink-stage.js';

const clock = { now: () => ({ at: '2026-11-24T10:00:00.000Z' }) };
const NOW = new Date('2026-11-24T10:00:00.000Z');
const DAY_MS = 86_400_000;

describe('a site bundle', () => {
  let state: string;
  let keys: CarrierKeys;
  let carrier: Carrier;
  let authority: PemPair;
  let mine: TerminalKeys;

  /** A bundle as the carrier makes it, changed and signed by its root. */
  const bundle = async (change: (body: SiteBundle) => object = (body) => body): Promise<string> => {
    const jws = await carrier.bundle({
      terminal: 't-1',
      site: 's-1',
      terminalKey: mine.keyId,
      broker: { url: 'mqtts://broker.example.com' },
    });
    const body = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as SiteBundle;
    return sign(TYP.siteBundle, change(body), keys.root);
  };
  const files = async (): Promise<string> => {
    const names = (await readdir(join(state, 'identity'))).sort();
    return (await Promise.all(names.map((name) => readFile(join(state, 'identity', name), 'utf8')))).join(
      '\n',
    );
  };

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'identity-'));
    keys = await createCarrierKeys();
    carrier = createCarrier({ keys, store: await openCarrierStore(':memory:') });
    authority = await createAuthority();
    mine = await createKeys(state);
    await acceptBundle(state, await bundle(), { root: rootOf(keys) });
  });
  afterAll(async () => {
    await carrier.store.close();
    await rm(state, { recursive: true, force: true });
  });

  it.each<[string, (body: SiteBundle) => object | Promise<object>]>([
    ['for another terminal key', (body) => ({ ...body, terminalKey: 'x'.repeat(43) })],
    ['with another terminal id', (body) => ({ ...body, terminal: 't-2' })],
    [
      'without a key to seal to',
      ({ keys: all, ...body }) => ({ ...body, keys: all.map((key) => ({ ...key, use: 'sig' })) }),
    ],
    [
      'whose keys are all revoked',
      ({ keys: all, ...body }) => ({ ...body, keys: all.map((key) => ({ ...key, revoked: true })) }),
    ],
    [
      'with a key that is none',
      ({ keys: all, ...body }) => ({ ...body, keys: all.map((key) => ({ ...key, x: 'AAAA' })) }),
    ],
    ['older than the one in force', (body) => ({ ...body, serial: 1 })],
    ['with an unknown field', (body) => ({ ...body, more: true })],
    ['with a broker that is none', (body) => ({ ...body, broker: { url: 'http://broker' } })],
    [
      'with a certificate that is none',
      (body) => ({ ...body, broker: { ...body.broker, certificate: '-----BEGIN X' } }),
    ],
    [
      "with another terminal's certificate",
      async (body) => ({
        ...body,
        broker: {
          ...body.broker,
          certificate: await certifyTerminal(authority, { csr: mine.tlsCsrPem, terminal: 't-2' }),
        },
      }),
    ],
  ])('%s is refused, and nothing is changed', async (_what, change) => {
    const before = await files();
    const body = JSON.parse(
      Buffer.from((await bundle()).split('.')[1] ?? '', 'base64url').toString(),
    ) as SiteBundle;
    const jws = await sign(TYP.siteBundle, await change(body), keys.root);
    await expect(acceptBundle(state, jws)).rejects.toMatchObject({
      code: expect.stringMatching(/^IDENTITY_BUNDLE_/),
    });
    expect(await files()).toBe(before);
  });

  it('signed by another root, or by the key for messages, is refused', async () => {
    const other = await createCarrierKeys();
    const before = await files();
    const [, middle = ''] = (await bundle()).split('.');
    const text = Buffer.from(middle, 'base64url').toString();
    for (const key of [other.root, keys.signing[0]]) {
      await expect(acceptBundle(state, await sign(TYP.siteBundle, text, key ?? {}))).rejects.toMatchObject({
        code: 'IDENTITY_BUNDLE_INVALID',
      });
    }
    await expect(acceptBundle(state, await bundle(), { root: rootOf(other) })).rejects.toMatchObject({
      code: 'IDENTITY_BUNDLE_INVALID',
    });
    expect(await files()).toBe(before);
  });

  it('may be refused by a further look, before anything is written', async () => {
    const before = await files();
    const examine = (): void => {
      throw new Error('too weak');
    };
    await expect(acceptBundle(state, await bundle(), { examine })).rejects.toThrow('too weak');
    expect(await files()).toBe(before);
  });

  it('with a certificate of its own key and name is taken, and the identity has it', async () => {
    const certificate = await certifyTerminal(authority, { csr: mine.tlsCsrPem, terminal: 't-1' });
    const jws = await bundle((body) => ({
      ...body,
      broker: { ...body.broker, certificate, ca: authority.certificate },
    }));
    await acceptBundle(state, jws);
    const identity = await loadIdentity({ stateDirectory: state }, { clock });
    expect(identity.broker).toMatchObject({ certificate, ca: authority.certificate });
    expect(identity.broker.key).toContain('PRIVATE KEY');
    expect(identity.signer.keyId).toBe(mine.keyId);
  });

  it('keeps the keys however often keys are asked for', async () => {
    expect(await createKeys(state)).toEqual({ ...mine, created: false });
  });

  it('whose file was damaged is told as such, not as a missing one', async () => {
    await writeFile(join(state, 'identity', 'site-bundle.jws'), 'x.y.z');
    await expect(loadIdentity({ stateDirectory: state }, { clock })).rejects.toMatchObject({
      code: 'IDENTITY_BUNDLE_INVALID',
    });
  });

  it('takes the place of one whose file was damaged', async () => {
    await writeFile(join(state, 'identity', 'site-bundle.jws'), 'x.y.z');
    await acceptBundle(state, await bundle());
    expect(await loadIdentity({ stateDirectory: state }, { clock })).toMatchObject({ terminal: 't-1' });
  });
});

describe('rotation of the carrier keys', () => {
  it('lets both sides change over without a gap', async () => {
    const keys = await createCarrierKeys();
    const rotated = await rotateKeys(keys, NOW, 10 * DAY_MS);
    const at = (days: number): string => new Date(NOW.getTime() + days * DAY_MS).toISOString();
    const [old, fresh] = rotated.signing;
    const verdicts = async (day: number): Promise<boolean[]> => {
      const envelope = createEnvelope(bundleKeysOf(rotated), () => at(day));
      return Promise.all(
        [old, fresh].map(async (key) => {
          const jws = await sign(TYP.receipt, { a: 1 }, key ?? {});
          return envelope.verify(TYP.receipt, jws).then(
            () => true,
            () => false,
          );
        }),
      );
    };
    expect(await verdicts(0)).toEqual([true, false]);
    expect(await verdicts(15)).toEqual([true, true]);
    expect(await verdicts(25)).toEqual([false, true]);
  });
});
