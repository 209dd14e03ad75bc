import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compactDecrypt, compactVerify, importJWK, type JWK } from 'jose';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleKeysOf, type CarrierKeys } from '#built/carrier/keys.js';
import { openReport } from '#built/carrier/open-report.js';
import { TYP } from '#built/contract/envelope.js';
import { MESSAGES, schemaName } from '#built/contract/messages.js';
import type { ReportDraft } from '#built/contract/report.js';
import { TOPICS, type TopicName } from '#built/contract/topics.js';
import { requestEnrolment } from '#built/identity/enrolment.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { type Broker, createMosquitto } from './mqtt-broker.js';
import { type Captured, publishedSchema, watchTraffic } from './uplink-traffic.js';
import { clock, createTerminal, createWorld, listen, until, type World } from './uplink-world.js';

const EXAMPLES = new URL('../../docs/examples/', import.meta.url);
const NAMES = Object.keys(TOPICS) as TopicName[];
/** `WRITE_EXAMPLES=1 npx vitest run test/integration/uplink-examples.test.ts` writes docs/examples anew. */
const WRITES = process.env['WRITE_EXAMPLES'] === '1';

interface Example {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: string;
  readonly header?: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}
interface ExampleKeys {
  readonly terminal: JWK & { kid: string };
  readonly carrier: CarrierKeys;
}

const read = async <Value>(name: string): Promise<Value> =>
  JSON.parse(await readFile(new URL(name, EXAMPLES), 'utf8')) as Value;

/** A verified visit, as the service reports one; the person is invented. */
async function verifiedVisit(identity: TerminalIdentity, order: string): Promise<ReportDraft> {
  const { at, confidence, elapsedMs } = clock.now();
  const holder = await identity.envelope.seal(TYP.holder, {
    kind: 'resident-id',
    name: '证件样本',
    sex: 'female',
    birthDate: '1990-01-01',
    address: '样本省样本市样本路1号',
    number: '11010119900101001X',
    issuer: '样本市公安局',
    validFrom: '2020-01-01',
    validUntil: '2040-01-01',
  });
  const model = 'example-model';
  return {
    id: v7(),
    order,
    service: 'sim-replacement',
    outcome: 'verified',
    reasons: ['face-matches-card'],
    people: [
      {
        role: 'holder',
        holder,
        card: { kind: 'resident-id', validUntil: '2040-01-01', issuerCode: '110101', failedChecks: [] },
        comparison: { score: 0.71, threshold: 0.52, targetFmr: 0.001, model, frames: 4 },
        liveness: {
          passive: { score: 0.93, threshold: 0.5, model },
          challenges: [],
          suspicions: [],
          live: true,
        },
        quality: 0.86,
        attempts: 1,
        consent: { textVersion: '2026-11', language: 'zh', at, given: true },
      },
    ],
    decidedAt: { at, confidence, elapsedMs, boot: 1 },
    software: 'countersign example',
    policy: '1',
  };
}

describe('the examples in docs/examples', () => {
  let world: World;
  let broker: Broker;

  beforeAll(async () => {
    world = await createWorld();
    broker = await createMosquitto(world.directory);
    await broker.start();
  });
  afterAll(async () => {
    await broker.stop();
    await world.close();
  });

  it('can be captured: one message of each kind crosses a real broker', async () => {
    const traffic = await watchTraffic(broker.url);
    const carrier = await listen(world, broker.url);
    const identity = await world.provision('t-1001', broker.url);
    const { uplink, outbox, orders, confirmed, close } = await createTerminal(world, identity);
    uplink.start();
    await until(() => uplink.connected);
    const orderId = await carrier.sendOrder({
      terminal: 't-1001',
      service: 'sim-replacement',
      registeredHolder: '11010119900101001X',
      language: 'zh',
    });
    await until(() => orders.length === 1);
    await outbox.append(await verifiedVisit(identity, orderId));
    uplink.tellOrderState({ orderId, state: 'done', outcome: 'verified' });
    await carrier.sendCommand({ terminal: 't-1001', command: 'set-rate', arguments: { perSecond: 5 } });
    await uplink.ask({ number: '11010119900101001X', name: '证件样本' }, AbortSignal.timeout(10_000));
    await until(async () => (await confirmed()) === 1 && traffic.kinds().length === NAMES.length);
    expect(traffic.wrong).toEqual([]);
    const enrolment = await requestEnrolment(join(world.directory, 't-1001'));
    if (WRITES) await writeExamples(traffic.captured, { enrolment, keys: world.keys });
    await close();
    await carrier.close();
    await traffic.close();
  });

  it('are there, one of each kind and no other', async () => {
    const expected = [...NAMES.map(schemaName), 'enrolment', 'invented-keys'].map((name) => `${name}.json`);
    expect(new Set(await readdir(EXAMPLES))).toEqual(new Set(expected));
  });

  it.each(NAMES)('%s is as the published schema has it, and signed by the invented keys', async (name) => {
    const { topic, qos, retain, payload, body } = await read<Example>(`${schemaName(name)}.json`);
    expect({ topic, qos, retain }).toEqual({
      topic: `countersign/v1/t-1001/${TOPICS[name].level}`,
      qos: TOPICS[name].qos,
      retain: TOPICS[name].retain,
    });
    expect(publishedSchema(schemaName(name)).safeParse(body).success).toBe(true);
    const { typ } = MESSAGES[name];
    if (typ === undefined) {
      expect(JSON.parse(payload)).toEqual(body);
      return;
    }
    const { terminal, carrier } = await read<ExampleKeys>('invented-keys.json');
    const { kty, crv, x } =
      TOPICS[name].direction === 'up' ? terminal : (bundleKeysOf(carrier)[0] ?? terminal);
    const verified = await compactVerify(payload, await importJWK({ kty, crv, x } as JWK, 'EdDSA'));
    expect(verified.protectedHeader.typ).toBe(typ);
    expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(body);
  });

  it('can be opened: the holder in the report and the question in the query', async () => {
    const { terminal, carrier } = await read<ExampleKeys>('invented-keys.json');
    const { payload } = await read<Example>('report.json');
    const { holders, report, hash } = await openReport(payload, [terminal], carrier);
    expect(publishedSchema('holder').safeParse(holders[0]).success).toBe(true);
    expect((await read<Example>('receipt.json')).body).toMatchObject({
      id: report.id,
      seq: report.seq,
      hash,
    });
    const { body } = await read<Example>('query.json');
    const { plaintext } = await compactDecrypt(
      String(body['sealed']),
      await importJWK(carrier.sealing[0] ?? {}, 'ECDH-ES'),
    );
    const question: unknown = JSON.parse(new TextDecoder().decode(plaintext));
    expect(publishedSchema('query-body').safeParse(question).success).toBe(true);
    expect(publishedSchema('enrolment').safeParse(await read('enrolment.json')).success).toBe(true);
  });
});

async function writeExamples(
  captured: readonly Captured[],
  { enrolment, keys }: { enrolment: { publicJwk: object; terminalKey: string }; keys: CarrierKeys },
): Promise<void> {
  await mkdir(EXAMPLES, { recursive: true });
  const write = (name: string, value: unknown): Promise<void> =>
    writeFile(new URL(`${name}.json`, EXAMPLES), `${JSON.stringify(value, null, 2)}\n`);
  for (const name of NAMES) {
    const last = captured.filter((each) => each.name === name).at(-1);
    if (last === undefined) throw new Error(`no ${name} was captured`);
    const { topic, payload, header, body } = last;
    const { qos, retain } = TOPICS[name];
    await write(schemaName(name), {
      topic,
      qos,
      retain,
      payload,
      ...(header === undefined ? {} : { header }),
      body,
    });
  }
  await write('enrolment', enrolment);
  // Of a carrier that never was: with them everybody can check the examples.
  await write('invented-keys', {
    terminal: { ...enrolment.publicJwk, kid: enrolment.terminalKey },
    carrier: keys,
  });
}
