import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate } from '#built/face/evaluate/calibrate.js';
import { detCurve, histogramOf, probit } from '#built/face/evaluate/statistics/curves.js';
import { wilson } from '#built/face/evaluate/statistics/interval.js';
import {
  equalErrorRate,
  nextAbove,
  ratesAt,
  sortScores,
  supports,
  thresholdForFmr,
} from '#built/face/evaluate/statistics/rates.js';

/** Few different values, so that ties are the rule and not the exception; negative ones and both zeros among them. */
const score = fc.oneof(
  fc.integer({ min: -8, max: 8 }).map((value) => value / 8),
  fc.float({ min: -1, max: 1, noNaN: true }),
);
const some = (minLength: number) => fc.array(score, { minLength, maxLength: 60 });
const sorted = (genuine: number[], impostor: number[]) =>
  sortScores(Float32Array.from(genuine), Float32Array.from(impostor));
const f32 = Math.fround;

const fmrOf = (impostor: number[], threshold: number): number =>
  impostor.filter((each) => f32(each) >= threshold).length / impostor.length;
const fnmrOf = (genuine: number[], threshold: number): number =>
  genuine.filter((each) => f32(each) < threshold).length / genuine.length;

describe('error rates', () => {
  it('are what counting one by one gives, at any threshold', () => {
    fc.assert(
      fc.property(some(1), some(1), score, (genuine, impostor, threshold) => {
        const rates = ratesAt(sorted(genuine, impostor), threshold);
        expect(rates.fmr).toBe(fmrOf(impostor, threshold));
        expect(rates.fnmr).toBe(fnmrOf(genuine, threshold));
        expect(rates.falseMatches).toBe(Math.round(rates.fmr * impostor.length));
      }),
    );
  });

  it('the threshold for a rate keeps it, and the highest score below that threshold would not', () => {
    fc.assert(
      fc.property(some(1), fc.double({ min: 0, max: 0.9, noNaN: true }), (impostor, target) => {
        const threshold = thresholdForFmr(sorted([1], impostor), target);
        // A share that misses the target by a rounding of binary fractions is on it.
        expect(fmrOf(impostor, threshold)).toBeLessThanOrEqual(target * (1 + 1e-11));
        const below = impostor.map(f32).filter((each) => each < threshold);
        expect(fmrOf(impostor, Math.max(...below))).toBeGreaterThan(target * (1 - 1e-9));
      }),
    );
  });

  it('a rate of exactly k of n allows k, in spite of binary fractions', () => {
    const impostor = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    for (const [rate, allowed] of [
      [0.001, 1],
      [0.003, 3],
      [0.03, 30],
      [0.1, 100],
      [0.3, 300],
    ] as const) {
      const scores = { genuine: new Float32Array(1), impostor };
      expect(ratesAt(scores, thresholdForFmr(scores, rate)).falseMatches, `${rate}`).toBe(allowed);
    }
  });

  it('the equal error rate lies between the rates on both sides of where they cross', () => {
    fc.assert(
      fc.property(some(1), some(1), (genuine, impostor) => {
        const { rate } = equalErrorRate(sorted(genuine, impostor)) ?? { rate: Number.NaN };
        const thresholds = [...genuine, ...impostor].map(f32).flatMap((each) => [each, nextAbove(each)]);
        const points = [Number.NEGATIVE_INFINITY, ...thresholds]
          .sort((a, b) => a - b)
          .map((threshold) => ({ fmr: fmrOf(impostor, threshold), fnmr: fnmrOf(genuine, threshold) }));
        const after = points.findIndex(({ fmr, fnmr }) => fnmr >= fmr);
        const [a, b] = [points[after - 1], points[after]];
        expect(rate).toBeLessThanOrEqual((a?.fmr ?? 1) + 1e-9);
        expect(rate).toBeGreaterThanOrEqual((b?.fmr ?? 0) - 1e-9);
        expect(rate).toBeGreaterThanOrEqual((a?.fnmr ?? 0) - 1e-9);
        expect(rate).toBeLessThanOrEqual((b?.fnmr ?? 1) + 1e-9);
      }),
    );
  });

  it('apart: 0; the wrong way round: 1; nothing of one kind: none', () => {
    expect(equalErrorRate(sorted([0.8, 0.9], [0.1, 0.2]))?.rate).toBe(0);
    expect(equalErrorRate(sorted([0.1, 0.2], [0.8, 0.9]))?.rate).toBe(1);
    expect(equalErrorRate(sorted([0.5], []))).toBeUndefined();
  });

  it('three impostors expected above the threshold are the least that a rate is told from', () => {
    const of = (count: number) => ({ genuine: new Float32Array(1), impostor: new Float32Array(count) });
    expect(supports(of(300), 0.01)).toBe(true);
    expect(supports(of(299), 0.01)).toBe(false);
    expect(supports(of(3000), 0.001)).toBe(true);
  });
});

describe('the 95 % interval', () => {
  it('has its ends where the rate would be 1.96 deviations away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, part) => {
          const events = Math.floor(part * n);
          const { low, high } = wilson(events, n);
          const rate = events / n;
          expect(low).toBeLessThanOrEqual(rate);
          expect(high).toBeGreaterThanOrEqual(rate);
          for (const end of [low, high]) {
            const away = 1.959964 ** 2 * end * (1 - end);
            expect(Math.abs(n * (rate - end) ** 2 - away)).toBeLessThan(1e-3 * Math.max(1, away));
          }
        },
      ),
    );
  });

  it('says of no error in 3000 that the rate may be one in 780', () => {
    const { low, high } = wilson(0, 3000);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.00128, 5);
  });
});

describe('curves', () => {
  it('every point of a DET curve is what counting gives; rates move one way only', () => {
    fc.assert(
      fc.property(some(1), some(1), (genuine, impostor) => {
        const curve = detCurve(sorted(genuine, impostor));
        for (const [i, { threshold, fmr, fnmr }] of curve.entries()) {
          expect(fmr).toBe(fmrOf(impostor, threshold));
          expect(fnmr).toBe(fnmrOf(genuine, threshold));
          expect(fmr).toBeLessThanOrEqual(curve[i - 1]?.fmr ?? 1);
          expect(fnmr).toBeGreaterThanOrEqual(curve[i - 1]?.fnmr ?? 0);
        }
        expect(curve.at(-1)?.fmr).toBe(0);
      }),
    );
  });

  it('stays short however many scores there are', () => {
    const many = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i));
    expect(detCurve({ genuine: many.slice().sort(), impostor: many.slice().sort() }).length).toBeLessThan(
      600,
    );
  });

  it('the bins of a histogram hold every score once', () => {
    fc.assert(
      fc.property(some(1), some(1), (genuine, impostor) => {
        const histogram = histogramOf(sorted(genuine, impostor), 16);
        const sum = (shares: readonly number[]) => shares.reduce((all, share) => all + share, 0);
        expect(sum(histogram.genuine)).toBeCloseTo(1, 9);
        expect(sum(histogram.impostor)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('probit knows the quantiles of the normal distribution', () => {
    for (const [p, z] of [
      [0.5, 0],
      [0.975, 1.959963985],
      [0.01, -2.326347874],
      [1e-5, -4.264890794],
    ] as const) {
      expect(probit(p)).toBeCloseTo(z, 7);
    }
  });
});

describe('a calibration', () => {
  it('holds each rate at the very threshold that is written, and only rates that the data support', () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 30, maxLength: 400 }), some(1), (impostor, genuine) => {
        const groups = [{ group: 'g', scores: sorted(genuine, impostor) }];
        const made = calibrate(groups, { dataset: 'd', protocol: 'p', model: 'm' });
        const points = made.groups[0]?.points ?? [];
        expect(points.length).toBeGreaterThan(0);
        for (const { fmr, threshold, fnmr } of points) {
          expect(fmr * impostor.length).toBeGreaterThanOrEqual(3 - 1e-6);
          expect(fmrOf(impostor, threshold)).toBeLessThanOrEqual(fmr);
          expect(fnmr).toBe(fnmrOf(genuine, threshold));
        }
      }),
    );
  });
});
