import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Challenge } from '#built/domain/face.js';
import type { FaceComparer } from '#built/face/port.js';
import { ATTACK_KINDS, type AttackKind } from '#built/simulator/camera/control.js';
import { CAST } from '#built/simulator/people/cast.js';
import { BACKGROUNDS } from '#built/simulator/people/scene.js';
import { parsePolicy } from '#built/visit/policy.js';
import { cardPhotoOf, film, openTestFace, type Shot, watch } from './face-video.js';

/** Every attack that the simulator knows; one that is added there is missed here by the compiler. */
const ATTACKS: Readonly<
  Record<
    AttackKind,
    { readonly afterMs: number; readonly of?: string; readonly suspicions: readonly string[] }
  >
> = {
  print: { afterMs: 0, suspicions: ['pasted-face'] },
  screen: { afterMs: 0, suspicions: ['pasted-face'] },
  // Nothing moves: that is no attack by itself, but nobody alive either.
  still: { afterMs: 0, suspicions: [] },
  frozen: { afterMs: 0, suspicions: ['frozen'] },
  loop: { afterMs: 700, suspicions: ['looped'] },
  'cut-in': { afterMs: 1000, of: 'wei', suspicions: ['cut'] },
  pasted: { afterMs: 0, suspicions: ['rigid-face'] },
};

/** Real networks, rendered people, the simulated camera's own pictures. */
describe('a person before the camera', () => {
  let face: FaceComparer;
  beforeAll(async () => {
    face = await openTestFace();
  });
  afterAll(() => face.close());

  async function judge(card: string, shot: Shot, challenges: readonly Challenge[] = []) {
    const session = await face.begin({
      targetFmr: 0.001,
      liveness: challenges.length > 0 ? 'active' : 'passive',
      challenges,
    });
    try {
      expect((await session.reference(await cardPhotoOf(card), 'card')).guidance).toEqual([]);
      const last = await watch(session, film(shot));
      const comparison = await session.compare();
      return { last, comparison, live: await session.liveness() };
    } finally {
      await session.end();
    }
  }

  it.each(CAST.map(({ id }) => id))('matches %s with their own card, and is alive', async (id) => {
    const { last, comparison, live } = await judge(id, { control: { person: id }, seconds: 1.8 });
    expect(last.usable).toBeGreaterThanOrEqual(4);
    expect(comparison?.score).toBeGreaterThan(comparison?.threshold ?? 1);
    expect(live).toEqual({ passive: null, challenges: [], suspicions: [], live: true });
  });

  it.each([
    ...BACKGROUNDS.map((background) => ({ background })),
    { brightness: 0.6 },
    { brightness: 1.3, side: 0.9 },
    { distance: 1.4 },
    { distance: 0.85 },
  ])('takes people in %j for alive', async (control) => {
    for (const person of ['wei', 'fan']) {
      const { live } = await judge(person, { control: { person, ...control }, seconds: 1.8, seed: 5 });
      expect(live, person).toMatchObject({ suspicions: [], live: true });
    }
  });

  it('does not match the card of somebody else', async () => {
    const { comparison } = await judge('lin', { control: { person: 'qiao' }, seconds: 1 });
    expect(comparison?.score).toBeLessThan((comparison?.threshold ?? 0) - 0.02);
  });

  it.each(ATTACK_KINDS)('takes the attack %s for no living person', async (kind) => {
    const { afterMs, of, suspicions } = ATTACKS[kind];
    for (const id of ['lin', 'gao']) {
      const attack = { kind, afterMs, ...(of === undefined ? {} : { of }) };
      const { live } = await judge(id, { control: { person: id, attack }, seconds: 2.4 });
      expect(live, id).toMatchObject({ live: false, suspicions });
    }
  });

  /** A visit does not judge earlier; the pictures of everybody, with two ways of holding the screen each. */
  it.each(CAST.map(({ id }) => id))('sees a screen with %s in what a visit watches at least', async (id) => {
    const { watchSeconds } = parsePolicy();
    for (const seed of [1, 2]) {
      const attack = { kind: 'screen', afterMs: 0 } as const;
      const session = await face.begin({ targetFmr: 0.001, liveness: 'passive', challenges: [] });
      for await (const frame of film({ control: { person: id, attack }, seconds: 10, seed })) {
        if ((await session.probe(frame)).watchedMs >= watchSeconds * 1000) break;
      }
      expect(await session.liveness(), `seed ${seed}`).toMatchObject({ live: false });
      await session.end();
    }
  });

  it.each([
    ['lin', 'lin', {}],
    ['bai', 'bai', { background: 'plain', brightness: 0.6 }],
    ['qiao', 'qiao', { brightness: 1.3, side: 0.9 }],
    ['wei', 'luo', {}],
  ] as const)('sees that on the head of %s the face of %s does not change (%j)', async (id, of, control) => {
    const attack = { kind: 'pasted', of, afterMs: 0 } as const;
    const shot = { control: { person: id, attack, ...control }, seconds: 1.5, seed: 3 };
    const { live } = await judge(of, shot);
    expect(live.suspicions).toContain('rigid-face');
  });

  it('is not answered by the head below a face that was pasted over it', async () => {
    const { live } = await judge(
      'lin',
      {
        control: { person: 'lin', attack: { kind: 'pasted', afterMs: 0 } },
        seconds: 6,
        acts: ['turn-left', 'turn-right'],
      },
      ['turn-left', 'turn-right'],
    );
    expect(live.live).toBe(false);
    expect(live.challenges.some(({ passed }) => passed)).toBe(false);
  });

  it.each([[['blink', 'turn-left']], [['turn-right', 'blink']], [['turn-left', 'turn-right']]] as const)(
    'accepts %s when it is shown in this order',
    async (challenges) => {
      const { live, last } = await judge(
        'wei',
        { control: { person: 'wei' }, seconds: 6, acts: challenges },
        challenges,
      );
      expect(live.challenges).toEqual(challenges.map((challenge) => ({ challenge, passed: true })));
      expect(live.live).toBe(true);
      expect(last).toMatchObject({ challengesPassed: 2 });
      expect(last).not.toHaveProperty('challenge');
    },
  );

  it.each([
    [
      ['turn-left', 'turn-right'],
      ['turn-right', 'turn-left'],
    ],
    [
      ['blink', 'turn-left'],
      ['turn-left', 'blink'],
    ],
    [
      ['turn-left', 'blink'],
      ['blink', 'turn-left'],
    ],
    [['turn-left', 'blink'], []],
  ] as const)('refuses, when %s is asked, a right answer to %s', async (challenges, acts) => {
    const { live } = await judge('lin', { control: { person: 'lin' }, seconds: 6, acts }, challenges);
    expect(live.live).toBe(false);
    expect(live.challenges.every(({ passed }) => passed)).toBe(false);
  });
});
