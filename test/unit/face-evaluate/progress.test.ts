import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareEmbeddings } from '#built/face/embed/embed.js';
import { ProgressStore } from '#built/face/evaluate/progress-store.js';
import { Templates } from '#built/face/evaluate/templates.js';

describe('what outlives an interruption', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evaluate-progress-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('scores and facts are there again; a half line and half a unit are not', async () => {
    const first = await ProgressStore.open(folder, 'plan');
    await first.note([[0, { failed: 'no-face' }]]);
    await first.append(Float32Array.of(0.5, Number.NaN, 0.25));
    await first.close();
    await appendFile(join(folder, 'progress/facts.jsonl'), '[1,{"fail');
    await appendFile(join(folder, 'progress/scores.f32'), Buffer.from([1, 2, 3]));

    const second = await ProgressStore.open(folder, 'plan');
    expect(second.count).toBe(3);
    expect([...second.facts]).toEqual([[0, { failed: 'no-face' }]]);
    await second.keep(2);
    await second.append(Float32Array.of(0.75));
    await second.note([[1, { failed: 'several-faces', detail: '2' }]]);
    expect([...(await second.read(0, 3))]).toEqual([0.5, Number.NaN, 0.75]);
    await second.close();

    const third = await ProgressStore.open(folder, 'plan');
    expect(third.facts.size).toBe(2);
    await third.close();
  });

  it('of another plan, or when asked to begin anew, nothing is taken over', async () => {
    for (const [fingerprint, fresh] of [
      ['other', false],
      ['other', true],
    ] as const) {
      const before = await ProgressStore.open(folder, fresh ? 'other' : 'plan');
      await before.note([[3, { failed: 'no-face' }]]);
      await before.append(Float32Array.of(1));
      await before.close();
      const after = await ProgressStore.open(folder, fingerprint, fresh);
      expect([after.count, after.facts.size]).toEqual([0, 0]);
      await after.close();
      expect(await readFile(join(folder, 'progress/facts.jsonl'), 'utf8')).toBe('\n');
    }
  });

  it('a second evaluation is kept off the folder as long as the first is there, and harms nothing', async () => {
    const first = await ProgressStore.open(folder, 'plan');
    await first.append(Float32Array.of(0.5));
    for (const fingerprint of ['plan', 'other']) {
      await expect(ProgressStore.open(folder, fingerprint, true)).rejects.toMatchObject({
        code: 'EVALUATE_DIRECTORY_BUSY',
      });
    }
    await first.append(Float32Array.of(0.25));
    await first.close();
    const next = await ProgressStore.open(folder, 'plan');
    expect([...(await next.read(0, next.count))]).toEqual([0.5, 0.25]);
    await next.close();
  });

  it('a folder that is a file is refused as such', async () => {
    await appendFile(join(folder, 'progress'), '');
    await expect(ProgressStore.open(folder, 'plan')).rejects.toMatchObject({
      code: 'EVALUATE_DIRECTORY_UNUSABLE',
    });
  });
});

describe('scores of templates', () => {
  const vector = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 });

  it.each(['cosine', 'euclidean'] as const)('%s: are those of a comparison on the terminal', (compare) => {
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        // A vector without length has no direction.
        fc.pre([a, b].every((each) => Math.hypot(...each) > 1e-3));
        const templates = new Templates(2, compare);
        templates.set(0, Float32Array.from(a));
        templates.set(1, Float32Array.from(b));
        const wanted = compareEmbeddings({ compare }, Float32Array.from(a), Float32Array.from(b));
        expect(Math.abs(templates.score(0, 1) - wanted)).toBeLessThan(1e-5);
      }),
    );
  });

  it('overwrite what they were given, and have no score of what is missing or wiped', () => {
    const templates = new Templates(3, 'cosine');
    const given = Float32Array.of(1, 0);
    templates.set(0, given);
    templates.set(2, Float32Array.of(1, 0));
    expect([...given]).toEqual([0, 0]);
    expect(templates.score(0, 2)).toBe(1);
    expect(templates.score(0, 1)).toBeNaN();
    templates.wipe();
    expect(templates.score(0, 2)).toBeNaN();
  });
});
