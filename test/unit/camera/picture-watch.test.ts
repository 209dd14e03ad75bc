import { describe, expect, test } from 'vitest';
import { PictureWatch } from '#built/camera/picture-watch.js';

const picture = (fill: number, bytes: number, takenAtMs: number) => ({
  jpeg: new Uint8Array(bytes).fill(fill),
  width: 640,
  height: 480,
  takenAtMs,
});

describe('what is seen of pictures without opening them', () => {
  test('size, rate and broken ones are told', () => {
    const watch = new PictureWatch();
    expect(watch.tell(0)).toBe('waiting for the first picture');
    for (let index = 0; index <= 10; index++) watch.note(picture(index, 40_000, index * 100));
    expect(watch.tell(2)).toBe('640x480, 40 KiB; 10.0 a second; 2 broken');
  });

  test('a picture that stays the same, byte by byte, is a frozen camera', () => {
    const watch = new PictureWatch();
    for (let index = 0; index < 5; index++) watch.note(picture(1, 40_000, index * 100));
    expect(watch.tell(0)).not.toContain('frozen');
    watch.note(picture(1, 40_000, 600));
    expect(watch.tell(0)).toContain('frozen');
    watch.note(picture(2, 40_000, 700));
    expect(watch.tell(0)).not.toContain('frozen');
  });

  test('so is one that is the same as at the look before', () => {
    const before = new PictureWatch();
    before.note(picture(1, 40_000, 0));
    const now = new PictureWatch(before.digest);
    now.note(picture(1, 40_000, 20_000));
    expect(now.tell(0)).toContain('frozen');
  });

  test('a picture that costs next to nothing has nothing on it', () => {
    const watch = new PictureWatch();
    watch.note(picture(1, 4900, 0));
    expect(watch.tell(0)).toContain('lens covered');
    watch.note(picture(1, 9000, 100));
    expect(watch.tell(0)).not.toContain('lens covered');
  });
});
