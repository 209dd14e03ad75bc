import { beforeAll, describe, expect, test } from 'vitest';
import type { RgbImage } from '#built/domain/image.js';
import { renderCardPhoto } from '#built/simulator/people/card-photo.js';
import { CAST } from '#built/simulator/people/cast.js';
import type { Person } from '#built/simulator/people/looks.js';
import { renderPerson, Studio } from '#built/simulator/people/render-person.js';
import { SHOP } from '#built/simulator/people/scene.js';
import { decodeSimulatedWlt, encodeSimulatedWlt } from '#built/simulator/photo-codec.js';

const [person = undefined as never, other = undefined as never] = CAST as readonly Person[];
const CORNER = { x: 4, y: 60, width: 120, height: 160 };
const FACE = { x: 240, y: 130, width: 160, height: 180 };

/** Mean difference of two pictures within a rectangle, grey levels. */
function difference(a: RgbImage, b: RgbImage, { x, y, width, height }: typeof CORNER): number {
  let sum = 0;
  for (let row = y; row < y + height; row += 1) {
    for (let at = (row * a.width + x) * 3; at < (row * a.width + x + width) * 3; at += 1) {
      sum += Math.abs((a.rgb[at] ?? 0) - (b.rgb[at] ?? 0));
    }
  }
  return sum / (width * height * 3);
}

describe('a picture of a person', () => {
  let studio: Studio;
  beforeAll(() => {
    studio = new Studio(3);
  });

  test('is 640x480, and never the same twice: the sensor has noise of its own', async () => {
    const [a, b] = [await renderPerson(person), await renderPerson(person)];
    expect([a.width, a.height, a.rgb.length]).toEqual([640, 480, 640 * 480 * 3]);
    expect(Buffer.compare(a.rgb, b.rgb)).not.toBe(0);
    expect(difference(a, b, FACE)).toBeLessThan(6);
  });

  test('is the same for the same seed', async () => {
    const again = async () => Buffer.from((await new Studio(11).take(person, { yaw: 4 })).rgb);
    expect((await again()).equals(await again())).toBe(true);
  });

  test('shows the head move against a room that stands still', async () => {
    const still = await studio.draw(person);
    const moved = await studio.draw(person, { yaw: 12, offset: { x: 6, y: 3 } });
    expect(difference(still, moved, CORNER)).toBe(0);
    expect(difference(still, moved, FACE)).toBeGreaterThan(4);
  });

  test('closes the eyes, both or one', async () => {
    const open = await studio.draw(person);
    const left = await studio.draw(person, { blink: { left: 1, right: 0 } });
    const eye = (x: number) => ({ x, y: 196, width: 64, height: 34 });
    expect(difference(open, left, eye(246))).toBeGreaterThan(2);
    expect(difference(open, left, eye(330))).toBe(0);
    const both = await studio.draw(person, { blink: 1 });
    expect(difference(open, both, eye(330))).toBeGreaterThan(2);
  });

  test('follows the light, and without a person is the empty room', async () => {
    const dim = { ...SHOP, light: { ...SHOP.light, brightness: 0.5 } };
    const mean = ({ rgb }: RgbImage) => rgb.reduce((sum, value) => sum + value, 0) / rgb.length;
    expect(mean(await studio.draw(person, {}, dim))).toBeLessThan(0.6 * mean(await studio.draw(person)));
    const empty = await studio.draw(null);
    expect(difference(empty, await studio.draw(person), CORNER)).toBe(0);
    expect(difference(empty, await studio.draw(other), FACE)).toBeGreaterThan(10);
  });
});

test('a card photo is 102x126, light at the corners, the same every time, and survives the simulated codec', async () => {
  for (const each of CAST.slice(0, 4)) {
    const photo = await renderCardPhoto(each);
    expect([photo.width, photo.height, photo.rgb.length]).toEqual([102, 126, 102 * 126 * 3]);
    expect(Math.min(...photo.rgb.subarray(0, 9))).toBeGreaterThan(220);
    const back = await decodeSimulatedWlt(await encodeSimulatedWlt(photo));
    expect(difference(photo, back, { x: 0, y: 0, width: 102, height: 126 })).toBeLessThan(9);
  }
  expect(await renderCardPhoto(person)).toEqual(await renderCardPhoto(person));
});
