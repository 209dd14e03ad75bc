import { describe, expect, it } from 'vitest';
import type { Order } from '#built/contract/carrier-messages.js';
import { holderHash } from '#built/contract/holder-hash.js';
import { faults } from '#built/domain/errors.js';
import { SERVICES } from '#built/domain/service.js';
import { FIELDS, makeCounter, makeWorld, until, type World } from './fakes.js';

const fault = (prefix: string, key: string) =>
  faults(prefix, { [key]: { says: 'test', advice: 'none.', cure: 'operator' } })(key);

const SECOND = { ...FIELDS, name: '证件样例', number: '110101199003070011', birthDate: '1990-03-07' };
const KEY = Buffer.alloc(32, 1).toString('base64url');

function orderFor(service: Order['service'], number?: string): Order {
  return {
    terminal: 't1',
    issuedAt: '2026-11-23T07:59:00.000Z',
    expiresAt: '2026-11-23T08:30:00.000Z',
    orderId: 'order-1',
    service,
    ...(number === undefined ? {} : { registeredHolder: { key: KEY, hash: holderHash(KEY, number) } }),
  };
}

/** One visit of one person who agrees; resolves with the last page. */
async function serve(
  world: World,
  service: Order['service'] = 'new-number',
  order?: Order,
  policy: Record<string, unknown> = {},
) {
  const counter = makeCounter(world, policy);
  await counter.start({ service, ...(order === undefined ? {} : { order }) });
  const view = await until(counter, ({ stage }) => stage === 'consent' || stage === 'done');
  if (view.stage === 'consent') counter.act({ type: 'consent', given: true });
  const done = await until(counter, ({ stage }) => stage === 'done' || stage === 'numbers');
  return { counter, done };
}

describe('a visit', () => {
  it('says "verified" only after the report was kept, with consent, score and sealed fields in it', async () => {
    const world = makeWorld();
    const { counter, done } = await serve(world);
    expect(done).toMatchObject({ outcome: 'verified', reasons: ['face-matches-card'] });
    expect(world.drafts).toHaveLength(1);
    expect(world.drafts[0]).toMatchObject({
      outcome: 'verified',
      people: [
        { role: 'holder', consent: { given: true }, comparison: { score: 0.9, threshold: 0.5 }, attempts: 1 },
      ],
    });
    const told = JSON.stringify([world.drafts, world.views]);
    expect(told).not.toContain(FIELDS.name);
    expect(told).not.toContain(FIELDS.number);
    await counter.close();
  });

  it('tells its stages one after the other, from the first on, to whoever watches', async () => {
    const world = makeWorld();
    const { counter } = await serve(world);
    const stages = world.views.map(({ stage }) => stage);
    expect(stages.filter((stage, index) => stage !== stages[index - 1])).toEqual([
      'consent',
      'card',
      'face',
      'deciding',
      'done',
    ]);
    await counter.close();
  });

  it('wipes every picture and closes camera and face session, however it ends', async () => {
    for (const change of [{}, { score: 0.1 }, { cameraFault: fault('CAMERA', 'GONE') }, { live: false }]) {
      const world = makeWorld(change);
      const { counter } = await serve(world);
      expect(world.photos.every((photo) => photo.every((byte) => byte === 0))).toBe(true);
      expect(world.pictures.every((picture) => picture.every((byte) => byte === 0))).toBe(true);
      expect([world.openSessions, world.openCameras]).toEqual([0, 0]);
      expect(counter.preview()).toBeUndefined();
      await counter.close();
    }
  });

  it.each([
    ['another face', { score: 0.49 }, 'not-verified', 'face-does-not-match'],
    ['an expired card', { fields: { ...FIELDS, validUntil: '2026-11-22' } }, 'not-verified', 'card-expired'],
    [
      'a card of next week',
      { fields: { ...FIELDS, validFrom: '2026-11-30' } },
      'not-verified',
      'card-not-yet-valid',
    ],
    [
      'a wrong check digit',
      { fields: { ...FIELDS, number: '110101198111080018' } },
      'not-verified',
      'card-number-invalid',
    ],
    [
      'a card that is not genuine',
      { readerFault: fault('CARD', 'NOT_GENUINE') },
      'not-verified',
      'card-not-genuine',
    ],
    ['a reader that fails', { readerFault: fault('CARD', 'READER_GONE') }, 'failed', 'reader-fault'],
    [
      'no decoder',
      { decoderFault: fault('CARD', 'PHOTO_NO_DECODER') },
      'inconclusive',
      'photo-decoder-missing',
    ],
    [
      'a photo that cannot be decoded',
      { decoderFault: fault('CARD', 'PHOTO_INVALID') },
      'inconclusive',
      'card-photo-unusable',
    ],
    ['a camera that fails', { cameraFault: fault('CAMERA', 'GONE') }, 'failed', 'camera-fault'],
    ['a face that is not alive', { live: false, suspicions: ['frozen'] }, 'not-verified', 'attack-suspected'],
    ['liveness that was not shown', { live: false }, 'inconclusive', 'liveness-not-shown'],
    ['a disk that fails', { appendFault: fault('OUTBOX', 'WRITE_FAILED') }, 'failed', 'storage-fault'],
  ] as const)('refuses %s', async (_what, change, outcome, reason) => {
    const world = makeWorld(change as Partial<World>);
    const { counter, done } = await serve(world);
    expect(done).toMatchObject({ outcome, reasons: [reason] });
    expect(world.drafts).toHaveLength('appendFault' in change ? 0 : 1);
    expect(world.views.some((view) => view.outcome === 'verified')).toBe(false);
    await counter.close();
  });

  it('compares again before it says no, as often as the policy allows', async () => {
    const world = makeWorld({ score: 0.2 });
    const { counter } = await serve(world);
    expect(world.drafts[0]?.people[0]?.attempts).toBe(2);
    await counter.close();
  });

  it('watches for as long as the attack detection needs, and says that it goes on', async () => {
    const world = makeWorld({ watchedMsEach: 100 });
    const { counter, done } = await serve(world);
    expect(done.outcome).toBe('verified');
    expect(world.drafts[0]?.people[0]?.comparison?.frames).toBe(20);
    const hints = world.views.filter(({ stage }) => stage === 'face').map(({ guidance }) => guidance?.[0]);
    expect(hints).toContain('keep-looking');
    // Nobody is told so before they have done their part.
    expect(hints.indexOf('keep-looking')).toBeGreaterThanOrEqual(4);
    await counter.close();
  });

  it('watches no longer than its frames take where nobody asks for liveness', async () => {
    const world = makeWorld({ watchedMsEach: 0 });
    const { counter, done } = await serve(world, 'new-number', undefined, { liveness: 'off' });
    expect(done.outcome).toBe('verified');
    expect(world.drafts[0]?.people[0]?.comparison?.frames).toBe(4);
    await counter.close();
  });

  it.each([
    ['follows it', { obeys: true, follows: true }, {}, 'verified'],
    ['does not follow it', { obeys: true, follows: false }, {}, 'inconclusive'],
    [
      'does not follow it, which the carrier only suspects',
      { obeys: true, follows: false },
      'suspect',
      'verified',
    ],
    ['cannot: the light is broken', { obeys: false, follows: false }, {}, 'verified'],
  ] as const)(
    'with a light beside the camera, of a face that %s',
    async (_what, light, faceLight, outcome) => {
      const world = makeWorld({ light: { ...light, set: [] } });
      const policy = faceLight === 'suspect' ? { faceLight } : {};
      const { counter, done } = await serve(world, 'new-number', undefined, policy);
      expect(done.outcome).toBe(outcome);
      expect(world.drafts[0]?.people[0]?.comparison?.frames).toBe(5);
      expect(world.light?.set.at(-1)).toBe(false);
      if (outcome === 'inconclusive') expect(done.reasons).toEqual(['liveness-not-shown']);
      await counter.close();
    },
  );

  it('leaves the light dark where nobody asks for liveness', async () => {
    const world = makeWorld({ light: { set: [], obeys: true, follows: false } });
    const { counter, done } = await serve(world, 'new-number', undefined, { liveness: 'off' });
    expect(done.outcome).toBe('verified');
    expect(world.light?.set).toEqual([]);
    await counter.close();
  });

  it('does not touch card or camera without consent', async () => {
    const world = makeWorld();
    const counter = makeCounter(world);
    await counter.start({ service: 'new-number' });
    await until(counter, ({ stage }) => stage === 'consent');
    counter.act({ type: 'consent', given: false });
    const done = await until(counter, ({ stage }) => stage === 'done');
    expect(done).toMatchObject({ outcome: 'declined', reasons: ['consent-refused'] });
    expect(world.photos).toEqual([]);
    expect(world.drafts[0]?.people[0]).not.toHaveProperty('holder');
    await counter.close();
  });

  it.each([
    ['way-by-hand', 'declined', 'way-by-hand-chosen'],
    ['cancel', 'cancelled', 'operator-cancelled'],
  ] as const)('ends at once when "%s" is chosen before the camera', async (type, outcome, reason) => {
    const world = makeWorld({ faces: 0, frameMs: 5 });
    const counter = makeCounter(world);
    await counter.start({ service: 'new-number' });
    await until(counter, ({ stage }) => stage === 'consent');
    counter.act({ type: 'consent', given: true });
    await until(counter, ({ stage, guidance }) => stage === 'face' && guidance?.[0] === 'no-face');
    expect(counter.preview()).toBeDefined();
    expect(counter.act({ type })).toBe(true);
    const done = await until(counter, ({ stage }) => stage === 'done');
    expect(done).toMatchObject({ outcome, reasons: [reason] });
    expect([world.openSessions, world.openCameras, world.drafts.length]).toEqual([0, 0, 1]);
    expect(counter.act({ type: 'finish' })).toBe(true);
    await until(counter, ({ stage }) => stage === 'idle');
    await counter.close();
  });

  it('serves one visit at a time, and none without a part that it needs or without room', async () => {
    const world = makeWorld();
    const counter = makeCounter(world);
    counter.setFaults(['lights', 'uplink']);
    expect(counter.view().stage).toBe('idle');
    counter.setFaults(['reader']);
    expect(counter.view()).toMatchObject({ stage: 'out-of-service', faults: ['reader'] });
    await expect(counter.start({ service: 'new-number' })).rejects.toMatchObject({
      code: 'VISIT_OUT_OF_SERVICE',
    });
    counter.setFaults([]);
    await counter.start({ service: 'new-number' });
    await expect(counter.start({ service: 'new-number' })).rejects.toMatchObject({ code: 'VISIT_BUSY' });
    await counter.close();
    const full = makeCounter(makeWorld({ room: false }));
    await expect(full.start({ service: 'new-number' })).rejects.toMatchObject({
      code: 'VISIT_OUT_OF_SERVICE',
    });
    await full.close();
  });

  it('keeps one report when the terminal stops in the middle', async () => {
    const world = makeWorld();
    const counter = makeCounter(world);
    await counter.start({ service: 'new-number' });
    await until(counter, ({ stage }) => stage === 'consent');
    await counter.close();
    expect(world.drafts.map(({ outcome, reasons }) => [outcome, ...reasons])).toEqual([
      ['failed', 'terminal-stopped'],
    ]);
  });
});

describe('SIM replacement', () => {
  it('is for the registered holder only', async () => {
    const right = makeWorld();
    const own = await serve(right, 'sim-replacement', orderFor('sim-replacement', FIELDS.number));
    expect(own.done.outcome).toBe('verified');
    const wrong = makeWorld();
    const other = await serve(wrong, 'sim-replacement', orderFor('sim-replacement', SECOND.number));
    expect(other.done).toMatchObject({ outcome: 'not-verified', reasons: ['not-registered-holder'] });
    // Whose card it is not is found out before anybody is looked at.
    expect(wrong.pictures).toEqual([]);
    await own.counter.close();
    await other.counter.close();
  });

  it('collects nothing when nobody is named', async () => {
    const world = makeWorld();
    const { counter, done } = await serve(world, 'sim-replacement');
    expect(done).toMatchObject({ outcome: 'inconclusive', reasons: ['order-lacks-registered-holder'] });
    expect(world.photos).toEqual([]);
    await counter.close();
  });
});

describe('a transfer', () => {
  const transfer = async (world: World, second: () => void) => {
    const counter = makeCounter(world);
    await counter.start({ service: 'transfer' });
    await until(counter, ({ stage }) => stage === 'consent');
    counter.act({ type: 'consent', given: true });
    const next = await until(counter, (view) => view.stage === 'done' || view.person?.index === 2);
    if (next.stage !== 'done') {
      second();
      counter.act({ type: 'consent', given: true });
    }
    const done = await until(counter, ({ stage }) => stage === 'done');
    await counter.close();
    return done;
  };

  it('binds two verified people in one report', async () => {
    const world = makeWorld();
    const done = await transfer(world, () => {
      world.fields = SECOND;
    });
    expect(done.outcome).toBe('verified');
    expect(world.drafts).toHaveLength(1);
    expect(world.drafts[0]?.people.map(({ role }) => role)).toEqual(['present-holder', 'new-holder']);
  });

  it('is refused when the second face is wrong, and when one person comes twice', async () => {
    const wrong = makeWorld();
    const refused = await transfer(wrong, () => {
      wrong.fields = SECOND;
      wrong.score = 0.1;
    });
    expect(refused).toMatchObject({ outcome: 'not-verified', reasons: ['face-does-not-match'] });
    expect(wrong.drafts).toHaveLength(1);
    const twice = await transfer(makeWorld(), () => {});
    expect(twice).toMatchObject({ outcome: 'not-verified', reasons: ['same-person-twice'] });
  });
});

describe('numbers in my name', () => {
  it('shows the list after the identity was reported, and reports a dispute of shown numbers once', async () => {
    const world = makeWorld();
    const { counter, done } = await serve(world, 'numbers-in-my-name');
    expect(done).toMatchObject({ stage: 'numbers', numbers: world.numbers });
    expect(world.drafts).toHaveLength(1);
    counter.act({ type: 'dispute', refs: ['never-shown'] });
    counter.act({ type: 'dispute', refs: ['n1'] });
    await until(counter, ({ disputed }) => disputed?.includes('n1') === true);
    counter.act({ type: 'dispute', refs: ['n1'] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    counter.act({ type: 'finish' });
    const end = await until(counter, ({ stage }) => stage === 'done');
    expect(end.outcome).toBe('verified');
    expect(end).not.toHaveProperty('numbers');
    expect(world.drafts).toHaveLength(2);
    expect(world.drafts[1]?.dispute).toEqual({ query: '0192f000-0000-7000-8000-000000000001', refs: ['n1'] });
    await counter.close();
  });

  it('says so when the carrier cannot be asked', async () => {
    const world = makeWorld({ askFault: fault('UPLINK', 'UNREACHABLE') });
    const { counter, done } = await serve(world, 'numbers-in-my-name');
    expect(done).toMatchObject({ stage: 'done', outcome: 'verified', faults: ['UPLINK_UNREACHABLE'] });
    await counter.close();
  });
});

describe('every service', () => {
  it.each(SERVICES)('%s ends as "declined" without consent, with one report', async (service) => {
    const world = makeWorld();
    const counter = makeCounter(world);
    await counter.start({ service, order: orderFor(service, FIELDS.number) });
    await until(counter, ({ stage }) => stage === 'consent');
    counter.act({ type: 'consent', given: false });
    const done = await until(counter, ({ stage }) => stage === 'done');
    expect(done.outcome).toBe('declined');
    expect(world.drafts).toHaveLength(1);
    expect(world.drafts[0]?.order).toBe('order-1');
    await counter.close();
  });
});
