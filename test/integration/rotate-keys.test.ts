import { X509Certificate } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCarrier } from '#built/carrier/carrier.js';
import { createAuthority } from '#built/carrier/certificates.js';
import { parseCarrierKeys } from '#built/carrier/keys.js';
import { signedBy } from '#built/carrier/open-report.js';
import { openCarrierStore } from '#built/carrier/open-store.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { type PostgresServer, startPostgres } from '../contract/postgres-server.js';
import {
  connected,
  createRotationWorld,
  type RotationWorld,
  type Service,
  TERMINAL,
} from './rotation-world.js';
import { draft, signReports, until } from './uplink-world.js';

const ROTATE = ['command', 'rotate-keys', '--terminal', TERMINAL, '--wait', '--valid-for', '90'] as const;

interface Keys {
  terminals: { newest: string; former: string[]; passed: boolean; forgotten: string[] }[];
}

describe.each(['SQLite', 'PostgreSQL'])('rotate-keys over TLS, with a carrier on %s', (kind) => {
  let server: PostgresServer | undefined;
  let world: RotationWorld;
  let service: Service;
  let before: TerminalIdentity;

  const keys = async (...words: string[]): Promise<Keys['terminals'][number]> => {
    const { stdout, stderr } = await world.carrier('keys', '--terminal', TERMINAL, '--json', ...words);
    const [only] = (JSON.parse(stdout === '' ? `{"terminals":[]}` : stdout) as Keys).terminals;
    if (only === undefined) throw new Error(stderr);
    return only;
  };
  const store = () => openCarrierStore(server?.address ?? join(world.place, 'carrier.sqlite'));

  beforeAll(async () => {
    if (kind === 'PostgreSQL') server = await startPostgres();
    world = await createRotationWorld(server?.address);
    before = await world.identity();
    await world.append(5);
    service = world.startService();
    await connected(service);
  }, 120_000);
  afterAll(async () => {
    await world.close();
    await server?.close();
  });

  it('gives a running terminal new keys while its reports wait', async () => {
    const rotation = world.startCarrier(...ROTATE);
    expect([await rotation.ended, rotation.notes.join('\n')]).toEqual([0, expect.any(String)]);
    expect(rotation.events.map(({ event }) => event)).toEqual([
      'commanded',
      'next-key',
      'commanded',
      'keys-rotated',
    ]);
    const { signer, broker } = await world.identity();
    expect(signer.keyId).not.toBe(before.signer.keyId);
    expect(rotation.events.at(-1)).toMatchObject({
      terminalKey: signer.keyId,
      formerKeys: [before.signer.keyId],
    });
    const [certificate, former] = [broker, before.broker].map(
      (it) => new X509Certificate(it.certificate ?? ''),
    );
    expect(certificate?.subject).toBe(`CN=${TERMINAL}`);
    expect(certificate?.serialNumber).not.toBe(former?.serialNumber);
    expect(JSON.parse((await world.provision('status', '--json')).stdout)).toMatchObject({
      ready: true,
      terminalKey: signer.keyId,
    });
    expect(rotation.events.concat(rotation.notes as never[]).join()).not.toContain('PRIVATE');
  }, 180_000);

  it('lets doctor try the broker beside the service, whose line comes back', async () => {
    const [starts, connections] = [service.starts, service.connections];
    const { code, stdout } = await world.doctor('--only', 'broker');
    expect([code, stdout]).toEqual([0, expect.stringContaining('answers')]);
    await connected(service, connections);
    expect(service.starts).toBe(starts);
  }, 60_000);

  it('has erased the keys of before', async () => {
    const names = await readdir(join(world.state, 'identity'), { recursive: true });
    expect(names).not.toContain('signing-key.jwk');
    expect(names).not.toContain('next');
    const secrets = names.filter((name) => name.endsWith('.jwk') || name.endsWith('.pem'));
    const all = await Promise.all(
      secrets.map((name) => readFile(join(world.state, 'identity', name), 'utf8')),
    );
    expect(all.join()).not.toContain(before.broker.key);
  });

  it('takes what waited with the former key and what comes with the new one, and the chain is whole', async () => {
    expect(await keys()).toMatchObject({ former: [before.signer.keyId], passed: false });
    const early = await world.carrier('keys', '--terminal', TERMINAL, '--forget', before.signer.keyId);
    expect([early.code, early.stderr]).toEqual([3, expect.stringContaining('CARRIER_KEY_NEEDED')]);

    await service.stop();
    await world.append(3);
    const serving = world.startCarrier('serve');
    await until(() => serving.notes.some((line) => line.startsWith('Listening')), 60_000);
    service = world.startService();
    await until(() => serving.events.filter(({ event }) => event === 'report').length >= 8, 90_000);
    await serving.stop();
    expect(serving.events.filter(({ event }) => event === 'refused')).toEqual([]);
    expect((await world.carrier('audit')).stdout).toContain(`${TERMINAL}: 8 reports, whole`);
    const opened = await store();
    const own = await world.identity();
    expect(signedBy((await opened.lastReport(TERMINAL)) ?? '')).toBe(own.signer.keyId);
    await opened.close();
  }, 180_000);

  it('forgets the former key once the chain has passed it, and from then on refuses it', async () => {
    const fresh = await world.identity();
    const shown = await keys('--forget-passed');
    expect(shown).toMatchObject({ newest: fresh.signer.keyId, former: [], forgotten: [before.signer.keyId] });
    const again = await world.carrier('keys', '--terminal', TERMINAL, '--revoke', before.signer.keyId);
    expect(again.stderr).toContain('CARRIER_KEY_UNKNOWN');
    const newest = await world.carrier('keys', '--terminal', TERMINAL, '--revoke', fresh.signer.keyId);
    expect(newest.stderr).toContain('CARRIER_KEY_UNKNOWN');

    const carrierKeys = parseCarrierKeys(await readFile(join(world.place, 'carrier-keys.json'), 'utf8'));
    const opened = await store();
    const carrier = createCarrier({ keys: carrierKeys, store: opened });
    const report = async (by: TerminalIdentity): Promise<string> =>
      signReports(by)(await draft(by), { seq: 100, previous: undefined, chainRestarted: undefined });
    await expect(carrier.keep(TERMINAL, await report(before))).rejects.toMatchObject({
      code: 'CARRIER_REPORT_INVALID',
    });
    await carrier.keep(TERMINAL, await report(fresh));
    await opened.close();
  }, 60_000);

  it('keeps the keys in force when the broker does not take the new certificate', async () => {
    const { signer } = await world.identity();
    const file = join(world.place, 'ca-key.pem');
    const right = await readFile(file, 'utf8');
    const { key } = await createAuthority();
    const starts = service.starts;
    await writeFile(file, key);
    const rotation = world.startCarrier(...ROTATE);
    expect(await rotation.ended).toBe(1);
    await writeFile(file, right);
    expect(rotation.events.at(-1)).toMatchObject({
      event: 'keys-not-rotated',
      phase: 'site-bundle',
      code: 'CARRIER_ROTATION_UNFINISHED',
      problem: expect.stringMatching(/^failed: UPLINK_(REFUSED|LOST)/),
    });
    expect((await world.identity()).signer.keyId).toBe(signer.keyId);
    // It is still there and did not have to start anew.
    const logs = await world.carrier(
      ...([
        'command',
        'collect-logs',
        '--terminal',
        TERMINAL,
        '--wait',
        '--broker',
        world.carrierUrl,
      ] as const),
    );
    expect([logs.code, service.starts]).toEqual([0, starts]);
  }, 120_000);

  it('goes on with the same next key when the carrier was cut off between the two commands', async () => {
    const { signer } = await world.identity();
    const pending = JSON.parse((await world.provision('status', '--json')).stdout) as Record<string, unknown>;
    const cut = world.startCarrier(...ROTATE);
    await until(() => cut.events.length >= 1, 60_000);
    await cut.stop();
    const rotation = world.startCarrier(...ROTATE);
    expect(await rotation.ended).toBe(0);
    expect(pending).toMatchObject({ ready: true, terminalKey: signer.keyId });
    expect(rotation.events.at(-1)).toMatchObject({ terminalKey: pending['nextTerminalKey'] });
    expect(JSON.stringify(pending)).not.toContain('"d"');
  }, 180_000);

  it('revokes a stolen key at once, whatever still waits with it', async () => {
    const stolen = await world.identity();
    const rotation = world.startCarrier(...ROTATE);
    expect(await rotation.ended).toBe(0);
    const shown = await keys('--revoke', stolen.signer.keyId);
    expect(shown).toMatchObject({ forgotten: [stolen.signer.keyId] });
    expect(shown.former).not.toContain(stolen.signer.keyId);
  }, 180_000);

  it('says what is wrong where it cannot be: no --wait, an unknown terminal, a terminal that is away', async () => {
    const link = ['--broker', world.carrierUrl] as const;
    const alone = await world.carrier('command', 'rotate-keys', '--terminal', TERMINAL, ...link);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('add --wait')]);
    const unnamed = await world.carrier('keys', '--forget', before.signer.keyId);
    expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('--terminal')]);
    const unknown = await world.carrier('command', 'rotate-keys', '--terminal', 't-2', '--wait', ...link);
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('CARRIER_TERMINAL_UNKNOWN')]);
    await service.stop();
    const away = await world.carrier(
      ...['command', 'rotate-keys', '--terminal', TERMINAL, '--wait', '--valid-for', '2'],
      ...link,
    );
    expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('CARRIER_ROTATION_UNFINISHED')]);
    expect(away.stdout).toContain('"event":"keys-not-rotated"');
  }, 60_000);
});

describe('a terminal that is killed while its keys change', () => {
  let world: RotationWorld;

  beforeAll(async () => {
    world = await createRotationWorld();
  }, 120_000);
  afterAll(() => world.close());

  /** When: after how many events of the exchange, and how long behind the last of them. */
  const MOMENTS: readonly [events: number, laterMs: number][] = [
    [1, 0],
    [1, 60],
    [2, 0],
    [3, 0],
    [3, 40],
    [3, 120],
    [3, 400],
    [3, 1200],
  ];

  it('has one key set in force all the time, and in the end the next one; no report is lost', async () => {
    let count = 0;
    for (const [events, laterMs] of MOMENTS) {
      await world.append(1);
      count++;
      const { signer } = await world.identity();
      const service = world.startService();
      await connected(service);
      const rotation = world.startCarrier(...ROTATE);
      await until(() => rotation.events.length >= events, 60_000);
      await sleep(laterMs);
      service.kill();
      // Whole also while nothing runs.
      await world.identity();
      let code = await rotation.ended;
      for (let attempt = 0; code !== 0 && attempt < 3; attempt++) {
        code = await world.startCarrier(...ROTATE).ended;
      }
      expect([events, laterMs, code]).toEqual([events, laterMs, 0]);
      await service.stop();
      expect((await world.identity()).signer.keyId).not.toBe(signer.keyId);
    }
    await world.append(1);
    const serving = world.startCarrier('serve');
    await until(() => serving.notes.some((line) => line.startsWith('Listening')), 60_000);
    world.startService();
    await until(() => serving.events.filter(({ event }) => event === 'report').length >= count + 1, 90_000);
    await serving.stop();
    expect((await world.carrier('audit')).stdout).toContain(`${TERMINAL}: ${count + 1} reports, whole`);
    const { terminals } = JSON.parse(
      (await world.carrier('keys', '--forget-passed', '--json')).stdout,
    ) as Keys;
    expect(terminals[0]).toMatchObject({
      newest: (await world.identity()).signer.keyId,
      former: [],
      passed: true,
    });
    expect(terminals[0]?.forgotten.length).toBeGreaterThanOrEqual(MOMENTS.length);
  }, 600_000);
});
