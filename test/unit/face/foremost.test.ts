import { describe, expect, it } from 'vitest';
import { peopleInFront, peopleOfStill } from '#built/face/find/foremost.js';

const face = (x: number, y: number, width: number, score = 0.9) => ({
  box: { x: x - width / 2, y: y - width / 2, width, height: width },
  score,
});
const SIZE = { width: 250, height: 250 };

describe('whom a still picture is of', () => {
  it('is nobody where nobody was found', () => {
    expect(peopleOfStill([], SIZE)).toBeUndefined();
  });

  it('is the person in its middle; somebody as large, cut off at its rim, is no rival', () => {
    const middle = face(125, 130, 100);
    const people = peopleOfStill([face(235, 110, 105), middle], SIZE);
    expect(people).toEqual({ foremost: middle, rivals: [] });
  });

  it('is either of two who stand side by side', () => {
    const people = peopleOfStill([face(70, 125, 80), face(180, 125, 84)], SIZE);
    expect(people?.rivals).toHaveLength(1);
  });

  it('is the large face, though a small one lies nearer to the middle', () => {
    const large = face(80, 120, 120);
    expect(peopleOfStill([face(125, 125, 40), large], SIZE)).toEqual({ foremost: large, rivals: [] });
  });

  it('in front of the camera everybody near it counts, wherever they stand', () => {
    expect(peopleInFront([face(125, 130, 100), face(235, 110, 105)])?.rivals).toHaveLength(1);
    expect(peopleInFront([face(125, 130, 100), face(20, 20, 30)])?.rivals).toEqual([]);
  });
});
