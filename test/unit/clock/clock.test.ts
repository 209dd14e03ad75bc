import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raiseFloor, readFloor } from '#built/clock/floor.js';
import { createSystemClock } from '#built/clock/system-driver.js';

const at = (text: string) => () => Date.parse(text);

describe('the clock', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'clock-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('trusts nothing that lies before the floor, and never goes below it', () => {
    const floor = '2026-11-20T08:00:00.000Z';
    const clock = createSystemClock({ floor, wall: at('1970-01-01T00:00:10.000Z'), synchronisedFiles: [] });
    expect(clock.now()).toMatchObject({ at: floor, confidence: 'none' });
    expect(clock.today()).toBe('2026-11-20');
  });

  it('is sure only when NTP has set it', async () => {
    const file = join(directory, 'synchronized');
    const wall = at('2026-11-24T09:00:00.000Z');
    expect(createSystemClock({ wall, synchronisedFiles: [file] }).now().confidence).toBe('floor');
    await writeFile(file, '');
    expect(createSystemClock({ wall, synchronisedFiles: [file] }).now().confidence).toBe('synchronised');
  });

  it('has the date of China, whatever the time zone of the computer', () => {
    const clock = createSystemClock({ wall: at('2026-12-31T16:00:00.000Z') });
    expect(clock.today()).toBe('2027-01-01');
    expect(createSystemClock({ wall: at('2026-12-31T15:59:59.000Z') }).today()).toBe('2026-12-31');
  });

  it('ends a sleep with an AbortError as soon as nobody waits for it any more', async () => {
    const stop = new AbortController();
    const sleeping = createSystemClock().sleep(3_600_000, stop.signal);
    stop.abort();
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('counts on while the wall clock jumps', () => {
    let wall = Date.parse('2026-11-24T09:00:00.000Z');
    const clock = createSystemClock({ wall: () => wall });
    const before = clock.elapsed();
    wall -= 20 * 365 * 86_400_000;
    expect(clock.elapsed()).toBeGreaterThanOrEqual(before);
    expect(clock.now().elapsedMs).toBeGreaterThanOrEqual(before);
  });

  it('keeps the floor over restarts and never moves it back', async () => {
    expect(await readFloor(directory)).toBeUndefined();
    await raiseFloor(directory, '2026-11-24T09:00:00.000Z');
    await raiseFloor(directory, '2026-11-01T09:00:00.000Z');
    expect(await readFloor(directory)).toBe('2026-11-24T09:00:00.000Z');
    await raiseFloor(join(directory, 'gone'), '2027-01-01T00:00:00.000Z');
    expect(await readFloor(join(directory, 'gone'))).toBeUndefined();
  });
});
