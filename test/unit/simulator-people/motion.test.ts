import { describe, expect, test } from 'vitest';
import { Motion } from '#built/simulator/people/motion.js';
import type { Pose } from '#built/simulator/people/pose.js';

/** Poses as a camera of 12 pictures a second would see them. */
function watch(motion: Motion, fromMs: number, toMs: number): Pose[] {
  const poses: Pose[] = [];
  for (let ms = fromMs; ms < toMs; ms += 1000 / 12) poses.push(motion.poseAt(ms));
  return poses;
}
const lids = ({ blink }: Pose): number =>
  typeof blink === 'number' ? blink : Math.max(blink.left, blink.right);
const yaws = (poses: readonly Pose[]): number[] => poses.map(({ yaw }) => yaw);

describe('a person at ease', () => {
  test('moves a little all the time, never far', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const poses = watch(new Motion(seed), 0, 20_000);
      expect(Math.max(...yaws(poses).map(Math.abs))).toBeLessThan(3.5);
      expect(new Set(yaws(poses)).size).toBe(poses.length);
      expect(Math.max(...poses.map(({ offset }) => Math.hypot(offset.x, offset.y)))).toBeLessThan(12);
    }
  });

  test('blinks every few seconds, for a moment', () => {
    const poses = watch(new Motion(7), 0, 30_000);
    const begins = poses.filter((pose, index) => lids(pose) > 0.5 && lids(poses[index - 1] ?? pose) <= 0.5);
    expect(begins.length).toBeGreaterThanOrEqual(4);
    expect(begins.length).toBeLessThanOrEqual(15);
    expect(poses.filter((pose) => lids(pose) > 0.5).length / poses.length).toBeLessThan(0.1);
  });

  test('is the same for the same seed', () => {
    expect(watch(new Motion(3), 0, 5000)).toEqual(watch(new Motion(3), 0, 5000));
    expect(watch(new Motion(3), 0, 5000)).not.toEqual(watch(new Motion(4), 0, 5000));
  });
});

describe('asked', () => {
  test('to turn left or right, turns clearly to that side and comes back', () => {
    for (const [act, side] of [['turn-left', 1] as const, ['turn-right', -1] as const]) {
      const motion = new Motion(5);
      const over = motion.ask(act, 1000);
      const turned = yaws(watch(motion, 1000, over)).map((yaw) => yaw * side);
      expect(Math.max(...turned)).toBeGreaterThan(24);
      expect(Math.min(...turned)).toBeGreaterThan(-4);
      expect(Math.abs(motion.poseAt(over + 100).yaw)).toBeLessThan(4);
    }
  });

  test('to blink, closes the eyes in at least two pictures', () => {
    const motion = new Motion(5);
    const over = motion.ask('blink', 500);
    expect(watch(motion, 500, over).filter((pose) => lids(pose) > 0.9).length).toBeGreaterThanOrEqual(2);
  });

  test('several things at once, does one after the other, in that order', () => {
    const motion = new Motion(9);
    motion.ask('turn-right', 0);
    const over = motion.ask('turn-left', 0);
    const turned = yaws(watch(motion, 0, over));
    const right = turned.findIndex((yaw) => yaw < -20);
    const left = turned.findIndex((yaw) => yaw > 20);
    expect(right).toBeGreaterThan(-1);
    expect(left).toBeGreaterThan(right);
  });
});
