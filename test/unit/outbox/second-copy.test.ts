import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { outboxFiles } from '#built/outbox/files.js';
import { framed, type LogRecord } from '#built/outbox/frames.js';
import { SecondCopy } from '#built/outbox/second-copy.js';
import { segmentNumbers } from '#built/outbox/segments.js';

describe('the second copy', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'second-copy-'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await rm(directory, { recursive: true });
  });

  it('does not erase in segments while it forgets them', async () => {
    const { log } = outboxFiles(directory);
    const copy = new SecondCopy(() => Number.MAX_VALUE, undefined);
    await copy.open(outboxFiles(directory));
    const jws = 'x'.repeat(6000);
    for (let seq = 1; seq <= 1000; seq++) {
      const named = { seq, hash: `hash-${seq}`, at: '2026-11-24T00:00:00.000Z' };
      const records: LogRecord[] = [
        { type: 'report', id: `id-${seq}`, jws, ...named },
        { type: 'confirmed', accepted: true, ...named },
      ];
      await copy.append(records.map(framed));
    }
    await copy.forget(0);
    const before = await segmentNumbers(log);
    const forgotten = copy.forget(1000);
    while ((await segmentNumbers(log)).length === before.length) await nextTurn();
    // The time at which bodies are erased comes in the midst of it.
    vi.advanceTimersByTime(1000);
    await forgotten;
    await copy.close();
    expect(copy.fault).toBeUndefined();
    expect(await segmentNumbers(log)).toEqual(before.slice(-1));
  });
});
