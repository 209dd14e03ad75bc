import { describe, expect, it } from 'vitest';
import type { Network } from '#built/face/engine.js';
import { placeLandmarks } from '#built/face/find/landmarks.js';
import { lookTwice, squareAround } from '#built/face/find/look-twice.js';
import { Picture } from '#built/face/pixels/picture.js';

type Points = readonly { readonly x: number; readonly y: number }[];

/** A face as the network likes it best, in parts of the square: eyes, nose, corners of the mouth, and an outline. */
const FACE: Points = Array.from({ length: 68 }, (_, i) => {
  if (i >= 36 && i <= 41) return { x: 0.35, y: 0.4 };
  if (i >= 42 && i <= 47) return { x: 0.65, y: 0.4 };
  const others: Record<number, { x: number; y: number }> = {
    0: { x: 0.11, y: 0.5 },
    8: { x: 0.5, y: 0.89 },
    16: { x: 0.89, y: 0.5 },
    19: { x: 0.5, y: 0.11 },
    48: { x: 0.4, y: 0.7 },
    54: { x: 0.6, y: 0.7 },
  };
  return others[i] ?? { x: 0.5, y: 0.5 };
});
const EYES_APART = 0.3;

const moved = (points: Points, by: number): Points => points.map(({ x, y }) => ({ x: x + by, y: y + by }));

/** Answers with these points, one after the other. */
function network(...answers: readonly Points[]): Network {
  const left = [...answers];
  return {
    run() {
      const points = left.shift()?.flatMap(({ x, y }) => [x, y]);
      return Promise.resolve({ points: points && Float32Array.from(points) });
    },
    release: () => Promise.resolve(),
  };
}

const picture = new Picture({ width: 200, height: 200, rgb: new Uint8Array(200 * 200 * 3) });
const square = { centre: { x: 100, y: 100 }, side: 100, roll: 0 };
const aside = { ...square, centre: { x: 115, y: 115 } };

/** Looks at a face where the second look is off by so many distances of the eyes. */
async function look(off: number) {
  const seenAside = moved(FACE, -0.15);
  const other = moved(FACE, (off * EYES_APART) / Math.SQRT2);
  const first = await placeLandmarks(network(FACE), picture, square);
  const around = squareAround(await placeLandmarks(network(seenAside), picture, aside));
  const second = await placeLandmarks(network(other), picture, around);
  return {
    first,
    second,
    seen: await lookTwice({ landmarks: network(FACE, seenAside, other) }, picture, square),
  };
}

describe('two looks at a face', () => {
  it.each([0, 0.05, 0.1])('that agree (%f) prove it; its points are the means of both', async (off) => {
    const { first, second, seen } = await look(off);
    expect(seen.proof).toBe('face');
    for (const [i, { x, y }] of seen.landmarks.entries()) {
      expect(x).toBeCloseTo(((first[i]?.x ?? 0) + (second[i]?.x ?? 0)) / 2, 6);
      expect(y).toBeCloseTo(((first[i]?.y ?? 0) + (second[i]?.y ?? 0)) / 2, 6);
    }
  });

  it.each([
    [0.3, 'doubtful'],
    [1, 'none'],
  ])('that do not (%f) leave it %s; the points are those of the first', async (off, proof) => {
    const { first, seen } = await look(off);
    expect(seen).toEqual({ landmarks: first, proof });
  });
});
