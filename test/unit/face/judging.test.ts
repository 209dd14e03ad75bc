import { describe, expect, it } from 'vitest';
import type { Challenge, FaceQuality } from '#built/domain/face.js';
import { BUILT_IN } from '#built/face/embed/built-in.js';
import { compareEmbeddings, fuse } from '#built/face/embed/embed.js';
import { thresholdAt } from '#built/face/embed/threshold.js';
import { keepBest, overlap } from '#built/face/find/overlap.js';
import { guide } from '#built/face/guidance.js';
import { ChallengeWatch } from '#built/face/liveness/challenge.js';
import { UncoverWait } from '#built/face/uncover-wait.js';

describe('the threshold', () => {
  it.each([
    [0.01, 0.55],
    [0.001, 0.62],
  ])('at a false-match rate of %f is that of the strictest group', (fmr, threshold) => {
    expect(thresholdAt(BUILT_IN, fmr)).toMatchObject({ threshold, group: 'east-asian' });
  });

  it('lies between two points on the logarithm of the rate', () => {
    const { threshold } = thresholdAt(BUILT_IN, Math.sqrt(0.01 * 0.001));
    expect(threshold).toBeCloseTo((0.55 + 0.62) / 2, 6);
  });

  it('never falls when a lower rate is asked for', () => {
    let before = 0;
    for (let fmr = 0.01; fmr >= 0.001; fmr *= 0.9) {
      const { threshold } = thresholdAt(BUILT_IN, fmr);
      expect(threshold).toBeGreaterThanOrEqual(before);
      before = threshold;
    }
  });

  it('is not made up below what was measured, nor without a calibration', () => {
    expect(() => thresholdAt(BUILT_IN, 1e-4)).toThrow(/FACE_MODEL_UNCALIBRATED/);
    expect(() => thresholdAt({ ...BUILT_IN, calibration: undefined }, 0.01)).toThrow(
      /FACE_MODEL_UNCALIBRATED/,
    );
  });
});

describe('embeddings', () => {
  const a = Float32Array.of(1, 0, 0);
  const b = Float32Array.of(0, 1, 0);
  it('score by distance or by cosine, higher for more alike', () => {
    expect(compareEmbeddings({ compare: 'euclidean' }, a, a)).toBe(1);
    expect(compareEmbeddings({ compare: 'euclidean' }, a, b)).toBeCloseTo(1 - Math.SQRT2, 6);
    expect(compareEmbeddings({ compare: 'cosine' }, a, b)).toBe(0);
  });
  it('of several frames become one of the mean direction and length', () => {
    const fused = fuse([a, b]);
    expect(Math.hypot(...fused)).toBeCloseTo(1, 6);
    expect(fused[0]).toBeCloseTo(fused[1] ?? 0, 6);
  });
});

it('of faces that overlap, the best is kept', () => {
  const box = { x: 0, y: 0, width: 100, height: 100 };
  const near = { ...box, x: 10 };
  const far = { ...box, x: 300 };
  expect(overlap(box, near)).toBeCloseTo(90 / 110, 6);
  const kept = keepBest(
    [
      { box, score: 0.7 },
      { box: near, score: 0.9 },
      { box: far, score: 0.6 },
    ],
    0.4,
  );
  expect(kept.map(({ score }) => score)).toEqual([0.9, 0.6]);
});

describe('guidance', () => {
  const good: FaceQuality = {
    interEyeDistance: 80,
    sharpness: 200,
    brightness: 130,
    contrast: 40,
    yaw: 0,
    pitch: 0,
    roll: 0,
    eyesOpen: 0.3,
    noseCovered: 0,
    eyesCovered: 0.2,
    overall: 1,
  };
  const seen = {
    faces: 1,
    box: { x: 220, y: 120, width: 200, height: 220 },
    imageWidth: 640,
    imageHeight: 480,
  };
  const advise = (changes: Partial<FaceQuality>, more: Partial<typeof seen> = {}) =>
    guide({ ...seen, ...more, quality: { ...good, ...changes } });

  it('is silent when the frame is good', () => expect(advise({})).toEqual([]));
  it.each([
    [{ interEyeDistance: 20 }, 'come-closer'],
    [{ brightness: 30 }, 'more-light'],
    [{ contrast: 5 }, 'more-light'],
    [{ brightness: 240 }, 'less-light'],
    [{ yaw: -30 }, 'look-straight'],
    [{ pitch: 40 }, 'look-straight'],
    [{ sharpness: 3 }, 'hold-still'],
    [{ eyesOpen: 0.05 }, 'open-your-eyes'],
    [{ noseCovered: 0.5 }, 'uncover-your-face'],
    [{ eyesCovered: 0.9 }, 'uncover-your-face'],
  ] as const)('for %j says %s', (changes, wanted) => {
    expect(advise(changes)).toEqual([wanted]);
  });
  it('speaks of the place and of other people first', () => {
    expect(advise({}, { faces: 0 })).toEqual(['no-face']);
    expect(advise({ yaw: 40 }, { faces: 2 })).toEqual(['one-person-only']);
    expect(advise({}, { box: { ...seen.box, x: 0 } })).toEqual(['move-to-the-middle']);
    expect(advise({}, { box: { x: 100, y: 10, width: 440, height: 460 } })).toContain('step-back');
  });
});

describe('somebody with a covered face', () => {
  it('is waited for, but not for ever', () => {
    const wait = new UncoverWait();
    expect(wait.lets([], 0)).toBe(true);
    expect(wait.lets(['uncover-your-face'], 1000)).toBe(false);
    expect(wait.lets(['uncover-your-face'], 4900)).toBe(false);
    expect(wait.lets(['uncover-your-face'], 5000)).toBe(true);
    expect(wait.lets(['uncover-your-face', 'look-straight'], 6000)).toBe(false);
    expect(wait.lets(['hold-still'], 6000)).toBe(false);
  });
});

describe('challenges', () => {
  /** Ten frames a second: [yaw, eyes]. */
  function play(challenges: readonly Challenge[], frames: readonly (readonly [number, number])[]) {
    const watch = new ChallengeWatch(challenges);
    for (const [i, [yaw, eyes]] of frames.entries()) watch.see({ atMs: i * 100, yaw, eyes });
    return watch;
  }
  const ease = [
    [0, 0.8],
    [1, 0.8],
    [-1, 0.8],
    [0, 0.8],
  ] as const;
  const shut = (frames: number) => Array<[number, number]>(frames).fill([0, 0.3]);
  const left = [
    [8, 0.8],
    [16, 0.8],
    [24, 0.8],
    [25, 0.8],
    [12, 0.8],
    [2, 0.8],
  ] as const;
  const right = left.map(([yaw, eyes]) => [-yaw, eyes] as const);

  it('are passed one by one, in order', () => {
    const watch = play(['blink', 'turn-left'], [...ease, ...shut(4), ...ease, ...left, ...ease]);
    expect(watch.results()).toEqual([
      { challenge: 'blink', passed: true },
      { challenge: 'turn-left', passed: true },
    ]);
    expect(watch.asked).toBeUndefined();
  });

  it('are not answered by a blink of nature', () => {
    expect(play(['blink'], [...ease, ...shut(1), ...ease, ...shut(2), ...ease]).passed).toBe(0);
  });

  it('forgive a blink in between, but no turn that was not asked for', () => {
    expect(play(['turn-left'], [...ease, ...shut(4), ...ease, ...left, ...ease]).passed).toBe(1);
    const wrong = play(['turn-left'], [...ease, ...right, ...ease, ...left, ...ease]);
    expect([wrong.passed, wrong.wrong]).toEqual([0, true]);
  });

  it('count only what begins looking ahead, and no single frame', () => {
    expect(play(['turn-left'], [...ease, [25, 0.8], ...ease]).passed).toBe(0);
    const turnedAlready = [[0, 0.8], [0, 0.8], ...left.slice(0, 4), ...left.slice(2, 4)] as const;
    expect(play(['turn-left', 'turn-left'], turnedAlready).passed).toBe(1);
  });
});
