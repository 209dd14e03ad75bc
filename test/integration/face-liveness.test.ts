import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Challenge } from '#built/domain/face.js';
import type { FaceComparer } from '#built/face/port.js';
import { cardPhotoOf, film, openTestFace, type Shot, watch } from './face-video.js';

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

  it.each(['lin', 'gao', 'bai'])('matches %s with their own card, and is alive', async (id) => {
    const { last, comparison, live } = await judge(id, { control: { person: id }, seconds: 1.8 });
    expect(last.usable).toBeGreaterThanOrEqual(4);
    expect(comparison?.score).toBeGreaterThan(comparison?.threshold ?? 1);
    expect(live).toEqual({ passive: null, challenges: [], suspicions: [], live: true });
  });

  it('does not match the card of somebody else', async () => {
    const { comparison } = await judge('lin', { control: { person: 'qiao' }, seconds: 1 });
    expect(comparison?.score).toBeLessThan((comparison?.threshold ?? 0) - 0.02);
  });

  it.each([
    ['print', ['pasted-face']],
    ['screen', ['pasted-face']],
    ['frozen', ['frozen']],
    ['loop', ['looped']],
    ['still', []],
  ] as const)('takes a %s for no living person', async (kind, suspicions) => {
    const attack = { kind, afterMs: 700 };
    const { live } = await judge('lin', { control: { person: 'lin', attack }, seconds: 2.4 });
    expect(live.live).toBe(false);
    expect(live.suspicions).toEqual(suspicions);
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

  it('sees another person cut in', async () => {
    const attack = { kind: 'cut-in', of: 'wei', afterMs: 1000 } as const;
    const { live } = await judge('lin', { control: { person: 'lin', attack }, seconds: 2.4 });
    expect(live.suspicions).toContain('cut');
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
