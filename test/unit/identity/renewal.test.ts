import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Carrier, createCarrier } from '#built/carrier/carrier.js';
import { createAuthority, type PemPair } from '#built/carrier/certificates.js';
import { enrolTerminal } from '#built/carrier/enrol.js';
import { type CarrierKeys, createCarrierKeys, rootOf } from '#built/carrier/keys.js';
import { admitNextKeys } from '#built/carrier/next-keys.js';
import { openCarrierStore } from '#built/carrier/open-store.js';
import { describeProvision } from '#built/cli/provision-status.js';
import { acceptBundle } from '#built/identity/bundle.js';
import { requestEnrolment } from '#built/identity/enrolment.js';
import { settleKeySets } from '#built/identity/key-places.js';
import { createKeys } from '#built/identity/keys.js';
import { loadIdentity } from '#built/identity/load-identity.js';
import { createKeyRenewal } from '#built/identity/renewal.js';
import { withPowerCut } from './power-cut.js';

const clock = { now: () => ({ at: '2026-11-24T10:00:00.000Z' }) };
/** More changes of the disk than a step makes. */
const MANY = 200;

describe('new keys of a terminal', () => {
  let directory: string;
  let keys: CarrierKeys;
  let carrier: Carrier;
  let authority: PemPair;
  /** As `provision` left it. */
  let original: string;
  let formerKey: string;
  let state: string;
  let copies = 0;

  const copyOf = async (from: string): Promise<string> => {
    const to = join(directory, `copy-${copies++}`);
    await cp(from, to, { recursive: true });
    return to;
  };
  /** The key that the terminal would start with; that there is one, with a certificate of its own, is checked. */
  const keyInForce = async (at = state): Promise<string> => {
    const { signer, broker } = await loadIdentity({ stateDirectory: at }, { clock });
    expect(broker.key).toContain('PRIVATE KEY');
    expect(await describeProvision(at)).toMatchObject({ ready: true, terminalKey: signer.keyId });
    return signer.keyId;
  };
  const bundleFor = async (at = state): Promise<{ bundle: string; terminalKey: string }> =>
    admitNextKeys(carrier, {
      terminal: 't-1',
      result: await createKeyRenewal(at).begin(),
      authority: async () => authority,
    });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'renewal-'));
    keys = await createCarrierKeys();
    carrier = createCarrier({ keys, store: await openCarrierStore(':memory:') });
    authority = await createAuthority();
    original = join(directory, 'original');
    formerKey = (await createKeys(original)).keyId;
    const bundle = await enrolTerminal(carrier, {
      enrolment: await requestEnrolment(original),
      ...{ terminal: 't-1', site: 's-1', brokerUrl: 'mqtts://broker.example.com', authority },
      policy: { version: 'strict' },
      configuration: { uplink: { window: 5 } },
    });
    await acceptBundle(original, bundle, { root: rootOf(keys) });
  });
  afterAll(async () => {
    await carrier.store.close();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    state = await copyOf(original);
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  it('are the same ones however often they are asked for, and in force only with their bundle', async () => {
    const renewal = createKeyRenewal(state);
    const { enrolment } = await renewal.begin();
    expect((await renewal.begin()).enrolment.terminalKey).toBe(enrolment.terminalKey);
    expect(enrolment.terminalKey).not.toBe(formerKey);
    expect(await keyInForce()).toBe(formerKey);
    expect((await describeProvision(state)).nextTerminalKey).toBe(enrolment.terminalKey);
    const { bundle } = await bundleFor();
    await renewal.accept(bundle);
    expect(await keyInForce()).toBe(enrolment.terminalKey);
    expect(await describeProvision(state)).not.toHaveProperty('nextTerminalKey');
    // The same bundle again changes nothing.
    await renewal.accept(bundle);
    expect(await keyInForce()).toBe(enrolment.terminalKey);
  });

  it('keep what the former bundle said of site, policy and configuration', async () => {
    const before = await loadIdentity({ stateDirectory: state }, { clock });
    const { bundle } = await bundleFor();
    await createKeyRenewal(state).accept(bundle);
    const after = await loadIdentity({ stateDirectory: state }, { clock });
    expect(after).toMatchObject({ terminal: 't-1', site: 's-1', policy: { version: 'strict' } });
    expect(after.broker.url).toBe(before.broker.url);
    expect(after.broker.certificate).not.toBe(before.broker.certificate);
    expect(await carrier.readBundle(bundle)).toMatchObject({ configuration: { uplink: { window: 5 } } });
  });

  it('that cannot be written are told as such, and those in force stay', async () => {
    await mkdir(join(state, 'identity/next/tls-key.pem.new'), { recursive: true });
    await expect(createKeyRenewal(state).begin()).rejects.toMatchObject({
      code: 'IDENTITY_UNWRITABLE',
      details: { file: 'tls-key.pem', problem: 'EISDIR' },
    });
    expect(await keyInForce()).toBe(formerKey);
    await rm(join(state, 'identity/next/tls-key.pem.new'), { recursive: true });
    const { bundle, terminalKey } = await bundleFor();
    await mkdir(join(state, 'identity/site-bundle.jws.new'));
    await expect(createKeyRenewal(state).accept(bundle)).rejects.toMatchObject({
      code: 'IDENTITY_UNWRITABLE',
    });
    expect(await keyInForce()).toBe(formerKey);
    await rm(join(state, 'identity/site-bundle.jws.new'), { recursive: true });
    await createKeyRenewal(state).accept(bundle);
    expect(await keyInForce()).toBe(terminalKey);
  });

  it('are for their owner alone, and those of before are erased once they are not in force', async () => {
    const { bundle } = await bundleFor();
    await createKeyRenewal(state).accept(bundle);
    await settleKeySets(state);
    const names = await readdir(join(state, 'identity'), { recursive: true });
    expect(names.sort()).toEqual([
      'carrier-root.jwk',
      'keys',
      'keys/signing-key.jwk',
      'keys/tls-key.pem',
      'keys/tls-request.pem',
      'site-bundle.jws',
    ]);
    for (const name of ['signing-key.jwk', 'tls-key.pem']) {
      expect((await stat(join(state, 'identity/keys', name))).mode & 0o777).toBe(0o600);
    }
    // And again, from there.
    const next = await bundleFor();
    await createKeyRenewal(state).accept(next.bundle);
    await settleKeySets(state);
    expect(await keyInForce()).toBe(next.terminalKey);
    expect((await readdir(join(state, 'identity'), { recursive: true })).sort()).toEqual(names);
    // `provision init` and `request` speak of the keys in force.
    expect(await createKeys(state)).toMatchObject({ keyId: next.terminalKey, created: false });
    expect((await requestEnrolment(state)).terminalKey).toBe(next.terminalKey);
  });

  it('that were damaged while they waited, or are not wanted any more, are made anew', async () => {
    const renewal = createKeyRenewal(state);
    const first = (await renewal.begin()).enrolment.terminalKey;
    await writeFile(join(state, 'identity/next/signing-key.jwk'), '{"kty":');
    expect(await keyInForce()).toBe(formerKey);
    const second = (await renewal.begin()).enrolment.terminalKey;
    expect(second).not.toBe(first);
    const { bundle } = await bundleFor();
    expect((await renewal.begin(true)).enrolment.terminalKey).not.toBe(second);
    // Nothing is left that the bundle for the discarded ones could put in force.
    await expect(renewal.accept(bundle)).rejects.toMatchObject({ code: 'IDENTITY_BUNDLE_INVALID' });
    expect(await keyInForce()).toBe(formerKey);
  });

  it('need no erasing to begin: a set that came into force but was not put in order is not given out again', async () => {
    const { bundle, terminalKey } = await bundleFor();
    await createKeyRenewal(state).accept(bundle);
    const again = (await createKeyRenewal(state).begin()).enrolment.terminalKey;
    expect(again).not.toBe(terminalKey);
    expect(await keyInForce()).toBe(terminalKey);
  });

  it.each([
    ['of another carrier', async () => createCarrierKeys()],
    [
      "signed by the carrier's key for messages",
      async () => ({ ...keys, root: keys.signing[0] ?? keys.root }),
    ],
  ])('are not put in force by a bundle %s', async (_what, make) => {
    const { terminalKey } = await bundleFor();
    const store = await openCarrierStore(':memory:');
    const other = createCarrier({ keys: await make(), store });
    const forged = await other.bundle({
      ...{ terminal: 't-1', site: 's-1', terminalKey },
      broker: { url: 'mqtts://broker.example.com' },
    });
    await store.close();
    const renewal = createKeyRenewal(state);
    for (const attempt of [renewal.examine, renewal.accept]) {
      await expect(attempt(forged)).rejects.toMatchObject({ code: 'IDENTITY_BUNDLE_INVALID' });
    }
    expect(await keyInForce()).toBe(formerKey);
  });

  it('are not undone by an older bundle of theirs, nor by the one of before', async () => {
    const before = await readFile(join(state, 'identity/site-bundle.jws'), 'utf8');
    const older = await bundleFor();
    const newer = await bundleFor();
    const renewal = createKeyRenewal(state);
    await renewal.accept(newer.bundle);
    for (const each of [older.bundle, before]) {
      await expect(renewal.accept(each)).rejects.toMatchObject({ code: 'IDENTITY_BUNDLE_OLD' });
    }
    expect(await keyInForce()).toBe(newer.terminalKey);
  });

  it('survive a power cut at any moment of their making: they go on as they are, or are made then', async () => {
    for (let at = 0; ; at++) {
      expect(at).toBeLessThan(MANY);
      const place = await copyOf(original);
      const { cut } = await withPowerCut(at, () => createKeyRenewal(place).begin());
      expect(await keyInForce(place)).toBe(formerKey);
      const left = await readFile(join(place, 'identity/next/signing-key.jwk'), 'utf8').catch(
        () => undefined,
      );
      const { enrolment } = await createKeyRenewal(place).begin();
      if (left !== undefined) expect(enrolment.publicJwk.x).toBe(JSON.parse(left).x);
      const { bundle, terminalKey } = await bundleFor(place);
      expect(terminalKey).toBe(enrolment.terminalKey);
      await createKeyRenewal(place).accept(bundle);
      expect(await keyInForce(place)).toBe(terminalKey);
      await rm(place, { recursive: true });
      if (!cut) break;
    }
  }, 60_000);

  it('are in force whole or not at all after a power cut at any moment of the change, which can be repeated', async () => {
    const { bundle, terminalKey } = await bundleFor();
    const seen: string[] = [];
    for (let at = 0; ; at++) {
      expect(at).toBeLessThan(MANY);
      const place = await copyOf(state);
      const { cut } = await withPowerCut(at, () => createKeyRenewal(place).accept(bundle));
      const inForce = await keyInForce(place);
      expect([formerKey, terminalKey]).toContain(inForce);
      seen.push(inForce);
      await settleKeySets(place);
      expect(await keyInForce(place)).toBe(inForce);
      await createKeyRenewal(place).accept(bundle);
      expect(await keyInForce(place)).toBe(terminalKey);
      await rm(place, { recursive: true });
      if (!cut) break;
    }
    // One step changes it, and from there on it stays changed.
    expect(new Set(seen)).toEqual(new Set([formerKey, terminalKey]));
    expect([...seen].sort((a, b) => Number(a === terminalKey) - Number(b === terminalKey))).toEqual(seen);
  }, 60_000);

  it('stay in force at every moment of putting the places in order, which is done by the next start', async () => {
    // The second change, where a former set has to make room.
    const once = await bundleFor();
    await createKeyRenewal(state).accept(once.bundle);
    const { bundle, terminalKey } = await bundleFor();
    await createKeyRenewal(state).accept(bundle);
    for (let at = 0; ; at++) {
      expect(at).toBeLessThan(MANY);
      const place = await copyOf(state);
      const { cut } = await withPowerCut(at, () => settleKeySets(place));
      expect(await keyInForce(place)).toBe(terminalKey);
      await settleKeySets(place);
      expect(await keyInForce(place)).toBe(terminalKey);
      const text = await readFile(join(place, 'identity/keys/signing-key.jwk'), 'utf8');
      expect(text).toContain('"d"');
      expect(await readdir(join(place, 'identity'))).not.toContain('next');
      await rm(place, { recursive: true });
      if (!cut) break;
    }
  }, 60_000);

  it('are on the disk before they are told, and their bundle before the change is', async () => {
    const made = await withPowerCut(MANY, () => createKeyRenewal(state).begin());
    const { bundle } = await bundleFor();
    const changed = await withPowerCut(MANY, () => createKeyRenewal(state).accept(bundle));
    for (const { done } of [made, changed]) {
      const renames = done.filter((each) => each.startsWith('rename '));
      expect(renames.length).toBeGreaterThan(0);
      for (const rename of renames) {
        const beside = rename.slice('rename '.length);
        const place = beside.slice(0, beside.lastIndexOf('/'));
        const at = done.indexOf(rename);
        expect(done.indexOf(`sync of ${beside}`)).toBeLessThan(at);
        expect(done.indexOf(`sync of ${beside}`)).toBeGreaterThan(-1);
        expect(done.indexOf(`sync of ${place}`, at)).toBeGreaterThan(at);
      }
    }
  });
});
