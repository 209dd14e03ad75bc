import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCarrier } from '#built/carrier/carrier.js';
import { certifyTerminal, createAuthority } from '#built/carrier/certificates.js';
import { createCarrierKeys } from '#built/carrier/keys.js';
import { admitNextKeys, type NextKeys } from '#built/carrier/next-keys.js';
import { openSqliteCarrierStore } from '#built/carrier/sqlite-store.js';
import { commandSchema } from '#built/contract/carrier-messages.js';
import { TYP } from '#built/contract/envelope.js';
import { LIMITS } from '#built/contract/limits.js';
import { topicOf } from '#built/contract/topics.js';
import { requestEnrolment } from '#built/identity/enrolment.js';
import { createKeyRenewal } from '#built/identity/renewal.js';
import { createExecutor } from '#built/uplink/execute-command.js';
import { tryBroker } from '#built/uplink/try-broker.js';
import { type Broker, createMosquitto, freePort } from './mqtt-broker.js';
import {
  createTerminal,
  createWorld,
  listen,
  QUICK,
  type TestTerminal,
  until,
  type World,
} from './uplink-world.js';

const T = 't-rotating';

describe('what is forged, foreign, expired or replayed changes no key', () => {
  let world: World;
  let broker: Broker;
  let carrier: Awaited<ReturnType<typeof listen>>;
  let terminal: TestTerminal;
  let next: NextKeys;
  const restarts: string[] = [];

  const state = (id = T): string => join(world.directory, id);
  /** Every file of the identity but the keys that wait. */
  const inForce = async (): Promise<string> => {
    const place = join(state(), 'identity');
    const names = (await readdir(place, { recursive: true, withFileTypes: true }))
      .filter((each) => each.isFile() && !each.parentPath.endsWith('/next'))
      .map((each) => join(each.parentPath, each.name))
      .sort((a, b) => a.localeCompare(b));
    return (await Promise.all(names.map(async (name) => `${name}\n${await readFile(name, 'utf8')}`))).join(
      '\n',
    );
  };
  const send = async (jws: string): Promise<void> => {
    const client = await connectAsync(broker.url);
    await client.publishAsync(topicOf(T, 'command'), jws, { qos: 1 });
    await client.endAsync();
  };
  const dropped = async (): Promise<number> => {
    const { detail = '' } = await terminal.uplink.check();
    const [, count = '0'] = /(\d+) messages dropped/.exec(detail) ?? [];
    return Number(count);
  };
  const told = async (id: string) => {
    await until(() => carrier.results.some((each) => each.id === id));
    return carrier.results.find((each) => each.id === id);
  };
  const rotate = async (bundle?: string) =>
    told(
      await carrier.sendCommand({
        terminal: T,
        command: 'rotate-keys',
        ...(bundle === undefined ? {} : { bundle }),
      }),
    );

  beforeAll(async () => {
    world = await createWorld();
    broker = await createMosquitto(world.directory);
    await broker.start();
    const identity = await world.provision(T, broker.url);
    carrier = await listen(world, broker.url);
    const renewal = createKeyRenewal(state());
    terminal = await createTerminal(
      world,
      identity,
      {},
      {
        onCommand: createExecutor({
          onRestart: (reason) => restarts.push(reason),
          envelope: identity.envelope,
          rotation: {
            renewal,
            tryBroker: (access) => tryBroker({ terminal: T, ...QUICK }, access),
          },
        }),
      },
    );
    terminal.uplink.start();
    await until(() => terminal.uplink.connected);
    const result = await rotate();
    if (result === undefined) throw new Error('no result');
    next = await admitNextKeys(world.carrier, { terminal: T, result });
  });
  afterAll(async () => {
    await terminal.close();
    await carrier.close();
    await broker.stop();
    await world.close();
  });

  it('gives the same next keys however often it is told to make them', async () => {
    expect(await rotate()).toMatchObject({
      result: 'done',
      enrolment: { terminalKey: next.terminalKey },
    });
  });

  it.each([
    ['signed by another carrier', async () => createCarrierKeys(), {}],
    ['that has expired', async () => world.keys, { validForMs: -1000 }],
    ['that is valid for too long', async () => world.keys, { validForMs: 30 * 86_400_000 }],
    ['for another terminal', async () => world.keys, { terminal: 't-other' }],
  ])('drops a command %s', async (_what, make, change) => {
    const [before, files] = [await dropped(), await inForce()];
    const store = await openSqliteCarrierStore(':memory:');
    const other = createCarrier({ keys: await make(), store });
    const { jws } = await other.command({
      terminal: T,
      command: 'rotate-keys',
      bundle: next.bundle,
      ...change,
    });
    await store.close();
    await send(jws);
    await until(async () => (await dropped()) === before + 1);
    expect(await inForce()).toBe(files);
  });

  it('executes no recorded command a second time', async () => {
    const { id, jws } = await world.carrier.command({ terminal: T, command: 'rotate-keys' });
    await send(jws);
    await told(id);
    await rotate();
    const before = await dropped();
    await send(jws);
    await until(async () => (await dropped()) === before + 1);
    expect(carrier.results.filter((each) => each.id === id)).toHaveLength(1);
  });

  it('lets no bundle stand in another command, none that is too large, and no argument that it does not know', async () => {
    const command = { terminal: T, issuedAt: '2026-11-24T10:00:00.000Z', counter: 1 };
    const whole = { ...command, expiresAt: command.issuedAt, id: '01890a5d-ac96-774b-bcce-b302099a8057' };
    const { bundle } = next;
    expect(commandSchema.safeParse({ ...whole, command: 'rotate-keys', bundle }).success).toBe(true);
    expect(commandSchema.safeParse({ ...whole, command: 'reload', bundle }).success).toBe(false);
    const large = `${bundle}${'A'.repeat(LIMITS.bundleBytes)}`;
    expect(commandSchema.safeParse({ ...whole, command: 'rotate-keys', bundle: large }).success).toBe(false);
    const id = await carrier.sendCommand({
      terminal: T,
      command: 'rotate-keys',
      arguments: { key: 'mine' },
    });
    expect(await told(id)).toMatchObject({ result: 'refused' });
  });

  it.each<[string, string, () => Promise<string>]>([
    [
      'of another carrier',
      'IDENTITY_BUNDLE_INVALID',
      async () => {
        const store = await openSqliteCarrierStore(':memory:');
        const other = createCarrier({ keys: await createCarrierKeys(), store });
        const forged = await other.bundle({
          ...{ terminal: T, site: 'site-1', terminalKey: next.terminalKey },
          broker: { url: broker.url },
        });
        await store.close();
        return forged;
      },
    ],
    [
      'for a key that is not its own',
      'IDENTITY_BUNDLE_INVALID: made for another terminal key',
      async () => {
        await world.provision('t-stranger', broker.url);
        const { terminalKey } = await requestEnrolment(state('t-stranger'));
        return world.carrier.bundle({
          ...{ terminal: T, site: 'site-1', terminalKey },
          broker: { url: broker.url },
        });
      },
    ],
    [
      'that gives it another name',
      'IDENTITY_BUNDLE_INVALID: it gives the terminal another id',
      async () => {
        // Bundles of each terminal are counted by themselves: this one is to be newer all the same.
        await world.carrier.store.next('bundle/t-other', Math.floor(Date.now() / 1000) + 1000);
        return world.carrier.bundle({
          ...{ terminal: 't-other', site: 'site-1', terminalKey: next.terminalKey },
          broker: { url: broker.url },
        });
      },
    ],
    [
      'with a certificate for another key',
      'IDENTITY_BUNDLE_INVALID: TLS certificate',
      async () => {
        const { csr } = await requestEnrolment(state());
        return world.carrier.bundle({
          ...{ terminal: T, site: 'site-1', terminalKey: next.terminalKey },
          broker: {
            url: broker.url,
            certificate: await certifyTerminal(await createAuthority(), { csr, terminal: T }),
          },
        });
      },
    ],
    [
      'that is the one in force before it',
      'IDENTITY_BUNDLE_OLD',
      async () => {
        const text = (await readFile(join(state(), 'identity/site-bundle.jws'), 'utf8')).trim();
        // A later one is in force by now: what was recorded before it is older.
        const newer = await world.carrier.bundle({
          ...{ terminal: T, site: 'site-1', terminalKey: (await requestEnrolment(state())).terminalKey },
          broker: { url: broker.url },
        });
        await createKeyRenewal(state()).accept(newer);
        return text;
      },
    ],
    [
      'whose broker does not answer',
      'UPLINK_',
      async () =>
        world.carrier.bundle({
          ...{ terminal: T, site: 'site-1', terminalKey: next.terminalKey },
          broker: { url: `mqtt://127.0.0.1:${await freePort()}` },
        }),
    ],
  ])('takes no bundle %s, says why, and stays as it is', async (_what, says, make) => {
    const bundle = await make();
    const files = await inForce();
    const result = await rotate(bundle);
    expect(result).toMatchObject({ result: 'failed' });
    expect(result?.detail).toContain(says);
    expect(await inForce()).toBe(files);
    expect(restarts).toEqual([]);
  });

  it('takes the right one after all that', async () => {
    const result = await rotate();
    const { bundle, terminalKey } = await admitNextKeys(world.carrier, { terminal: T, result: result ?? {} });
    expect(terminalKey).toBe(next.terminalKey);
    await carrier.sendCommand({ terminal: T, command: 'rotate-keys', bundle });
    await until(() => restarts.length === 1);
    expect((await requestEnrolment(state())).terminalKey).toBe(terminalKey);
  });

  it("is not admitted by the carrier either: another's answer, a broken proof, a foreign bundle, no proof at all", async () => {
    const good = await createKeyRenewal(state()).begin();
    await world.provision('t-else', broker.url);
    const foreign = await createKeyRenewal(state('t-else')).begin();
    const { enrolment, bundle } = good;
    for (const result of [
      {},
      { enrolment },
      { bundle },
      { enrolment, bundle: foreign.bundle },
      { enrolment: { ...enrolment, csr: foreign.enrolment.csr }, bundle },
      { enrolment: { ...enrolment, publicJwk: foreign.enrolment.publicJwk }, bundle },
      { enrolment: await requestEnrolment(state()), bundle },
    ]) {
      await expect(admitNextKeys(world.carrier, { terminal: T, result })).rejects.toMatchObject({
        code: 'CARRIER_NEXT_KEYS_INVALID',
      });
    }
    await expect(admitNextKeys(world.carrier, { terminal: 'nobody', result: good })).rejects.toMatchObject({
      code: 'CARRIER_TERMINAL_UNKNOWN',
    });
    const large = await world.carrier.bundle({
      ...{ terminal: T, site: 'site-1', terminalKey: (await requestEnrolment(state())).terminalKey },
      broker: { url: broker.url },
      policy: { version: 'A'.repeat(LIMITS.bundleBytes) },
    });
    await expect(
      admitNextKeys(world.carrier, { terminal: T, result: { enrolment, bundle: large } }),
    ).rejects.toMatchObject({ code: 'CARRIER_BUNDLE_TOO_LARGE' });
    expect((await world.carrier.store.find(T))?.formerKeys).toHaveLength(1);
  });

  it('is verified by the key that it names, never by another of the same terminal', async () => {
    const { signer } = terminal.identity;
    const result = {
      terminal: T,
      id: '01890a5d-ac96-774b-bcce-b302099a8057',
      at: '2026-11-24T10:00:00.000Z',
    };
    const jws = await signer.sign(TYP.commandResult, { ...result, result: 'done' });
    expect(await world.carrier.verify(TYP.commandResult, T, jws)).toMatchObject(result);
    const [, body = '', signature = ''] = jws.split('.');
    const header = { alg: 'EdDSA', typ: TYP.commandResult, kid: next.terminalKey };
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), body, signature].join('.');
    await expect(world.carrier.verify(TYP.commandResult, T, forged)).rejects.toMatchObject({
      code: 'CARRIER_MESSAGE_INVALID',
    });
  });
});
