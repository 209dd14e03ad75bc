import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQuietCheck } from '#built/health/quiet-check.js';

describe('the check of a part that does not like to be disturbed', () => {
  let directory: string;
  let opened: number;
  let well: boolean;
  const examine = async () => {
    opened++;
    return { name: 'camera', ok: well, detail: 'test' };
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quiet-'));
    opened = 0;
    well = true;
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('opens it once, and then no more while all is well', async () => {
    const { check } = createQuietCheck(examine, undefined);
    for (let round = 0; round < 100; round++) expect(await check()).toMatchObject({ ok: true });
    expect(opened).toBe(1);
  });

  it('looks again in every round while it is unwell', async () => {
    well = false;
    const { check } = createQuietCheck(examine, undefined);
    for (let round = 0; round < 3; round++) expect(await check()).toMatchObject({ ok: false });
    well = true;
    expect(await check()).toMatchObject({ ok: true });
    await check();
    expect(opened).toBe(4);
  });

  it('looks again after a doubt, and when the device is gone', async () => {
    const device = join(directory, 'video0');
    await writeFile(device, '');
    const quiet = createQuietCheck(examine, device);
    await quiet.check();
    await quiet.check();
    expect(opened).toBe(1);
    quiet.doubt();
    await quiet.check();
    expect(opened).toBe(2);
    await rm(device);
    well = false;
    expect(await quiet.check()).toMatchObject({ ok: false });
  });
});
