import { describe, expect, it } from 'vitest';
import { withReflection } from '#built/visit/decide.js';
import { drawLightPattern, LIGHT_SECONDS, shine } from '#built/visit/light-pattern.js';
import { VirtualTiming } from '../card/virtual-reader.js';

describe('the pattern of the light beside the camera', () => {
  it('changes often enough to judge by, and never flashes more than twice a second', () => {
    for (let i = 0; i < 300; i++) {
      const changes = drawLightPattern(1000, LIGHT_SECONDS);
      expect(changes[0]?.atMs).toBe(1000);
      expect(changes.length).toBeGreaterThanOrEqual((LIGHT_SECONDS * 4) / 3);
      for (const [n, { atMs, lit }] of changes.entries()) {
        const before = changes[n - 1];
        if (before === undefined) continue;
        expect(lit).toBe(!before.lit);
        expect(atMs - before.atMs).toBeGreaterThanOrEqual(250);
        expect(atMs - before.atMs).toBeLessThanOrEqual(750);
      }
    }
  });

  it('is another one every time', () => {
    const drawn = Array.from({ length: 40 }, () => JSON.stringify(drawLightPattern(0, 10)));
    expect(new Set(drawn).size).toBe(40);
  });
});

describe('a light that shines by a pattern', () => {
  it('is switched when the pattern says so, and is dark afterwards', async () => {
    const clock = new VirtualTiming();
    const seen: { atMs: number; lit: boolean }[] = [];
    const light = {
      set: async (lit: boolean) => {
        seen.push({ atMs: clock.elapsed(), lit });
        return true;
      },
    };
    const shining = shine(light, clock, 3);
    while (clock.elapsed() < 3000) await clock.sleep(50);
    expect(await shining.stop()).toBe(true);
    expect(seen.slice(0, -1)).toEqual(shining.changes);
    expect(seen.at(-1)?.lit).toBe(false);
  });

  it('is dark as soon as it is stopped, and says whether it did as it was told', async () => {
    const clock = new VirtualTiming();
    let lit = true;
    const light = {
      set: async (wanted: boolean) => {
        if (!wanted) lit = false;
        return !wanted;
      },
    };
    const shining = shine(light, clock, 60);
    await clock.sleep(2000);
    expect(await shining.stop()).toBe(false);
    expect(lit).toBe(false);
    expect(clock.asleep).toBe(0);
  });
});

it('only a face that does not follow a light that is asked for is no living one', () => {
  const live = { passive: null, challenges: [], suspicions: [], live: true } as const;
  expect(withReflection({ ...live, reflection: 'not-seen' }, true).live).toBe(false);
  expect(withReflection({ ...live, reflection: 'not-seen' }, false).live).toBe(true);
  expect(withReflection({ ...live, reflection: 'reflected' }, true).live).toBe(true);
  expect(withReflection(live, true).live).toBe(true);
});
