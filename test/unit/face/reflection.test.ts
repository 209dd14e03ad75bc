import { describe, expect, it } from 'vitest';
import { judgeReflection, type Shine } from '#built/face/liveness/reflection.js';
import type { LightChange } from '#built/face/port.js';
import { Random } from '#built/simulator/people/random.js';

const SECONDS = 4;

const SLOT_MS = 250;

/** Each slot lit or dark by chance: a pattern that merely goes to and fro would be like every other at some delay. */
function drawPattern(random: Random): LightChange[] {
  const slots = Array.from({ length: (SECONDS * 1000) / SLOT_MS }, (_, i) => ({
    atMs: i * SLOT_MS,
    lit: random.next() < 0.5,
  }));
  return slots.filter(({ lit }, i) => i === 0 || lit !== slots[i - 1]?.lit);
}

interface Filmed {
  readonly gain?: number;
  readonly delayMs?: number;
  readonly noise?: number;
  /** What else makes the face brighter or darker, by time. */
  readonly also?: (ms: number) => number;
}

/** Brightness of a face that follows a pattern, twelve frames a second. */
function film(shown: readonly LightChange[], random: Random, filmed: Filmed = {}): Shine[] {
  const { gain = 0.12, delayMs = 90, noise = 0.006, also = () => 0 } = filmed;
  return Array.from({ length: SECONDS * 12 }, (_, i) => {
    const atMs = (i * 1000) / 12 + random.between(-8, 8);
    const lit = shown.findLast((change) => change.atMs <= atMs - delayMs)?.lit === true;
    return { atMs, ratio: 0.9 * (1 + (lit ? gain : 0)) * (1 + noise * random.normal()) * (1 + also(atMs)) };
  });
}

/** The same question for two hundred patterns. */
function verdicts(of: (random: Random) => [readonly Shine[], readonly LightChange[]]): string[] {
  return Array.from({ length: 200 }, (_, seed) => judgeReflection(...of(new Random(seed + 1))).verdict);
}

const sway = (ms: number) => 0.015 * Math.sin(ms / 480) + 0.008 * Math.sin(ms / 190);

describe('the light that a face throws back', () => {
  it.each([
    ['at once', { delayMs: 10 }],
    ['late, as a slow camera shows it', { delayMs: 250 }],
    ['faintly', { gain: 0.06 }],
    ['while the person sways', { also: sway }],
  ] as const)('is known by its pattern: %s', (_, filmed) => {
    const all = verdicts((random) => {
      const pattern = drawPattern(random);
      return [film(pattern, random, filmed), pattern];
    });
    expect(all.filter((verdict) => verdict === 'reflected').length).toBeGreaterThanOrEqual(190);
    expect(all).not.toContain('other-pattern');
  });

  it.each([
    ['sunshine is stronger', { gain: 0 }],
    ['sunshine is stronger, and the person sways', { gain: 0.01, also: sway }],
    ['a shadow passes', { gain: 0, also: (ms: number) => (ms > 1500 && ms < 2300 ? -0.2 : 0) }],
    ['somebody walks by, twice', { gain: 0, also: (ms: number) => (ms % 1900 < 500 ? -0.15 : 0) }],
    ['a lamp in the room flickers', { gain: 0, also: (ms: number) => 0.04 * Math.sin(ms / 9) }],
  ] as const)('is no evidence where it is not seen: %s', (_, filmed) => {
    const all = verdicts((random) => {
      const pattern = drawPattern(random);
      return [film(pattern, random, filmed), pattern];
    });
    expect(all).not.toContain('other-pattern');
  });

  it('of another session is told from this one’s', () => {
    const all = verdicts((random) => [film(drawPattern(random), random), drawPattern(random)]);
    expect(all.filter((verdict) => verdict === 'other-pattern').length).toBeGreaterThanOrEqual(150);
    expect(all.filter((verdict) => verdict === 'reflected').length).toBeLessThanOrEqual(4);
  });

  it('says nothing of too few frames, of a light that was not switched, and of nothing at all', () => {
    const random = new Random(1);
    const pattern = drawPattern(random);
    const shines = film(pattern, random);
    const nothing = { verdict: 'not-seen', confidence: 0, gain: 0 };
    expect(judgeReflection(shines.slice(0, 9), pattern)).toEqual(nothing);
    expect(judgeReflection(shines, [{ atMs: 0, lit: true }])).toEqual(nothing);
    expect(judgeReflection(shines, [])).toEqual(nothing);
    expect(judgeReflection([], pattern)).toEqual(nothing);
  });
});
