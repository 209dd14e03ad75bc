import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STAGES } from '#built/domain/visit.js';
import { drawMachine, nextStage, STEPS } from '#built/visit/machine.js';

describe('the table of a visit', () => {
  it('reaches "done" in one step from wherever a visit stands', () => {
    const under = STAGES.filter((stage) => !['done', 'out-of-service'].includes(stage));
    expect(under.map((stage) => nextStage(stage, 'end'))).toEqual(under.map(() => 'done'));
  });

  it('compares no face before a card was read, and reads no card before somebody agreed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 60 }), (steps) => {
        let stage = nextStage('idle', 'begin') ?? 'idle';
        const taken: string[] = [];
        for (const step of steps) {
          const next = nextStage(stage, step);
          if (next === undefined) continue;
          // Every person begins anew: what the one before agreed to does not count for the next.
          if (step === 'next-person' || step === 'begin') taken.length = 0;
          taken.push(step);
          stage = next;
          if (stage === 'card') expect(taken).toContain('agree');
          if (stage === 'face') expect(taken).toEqual(expect.arrayContaining(['agree', 'card-read']));
          if (stage === 'numbers') expect(taken).toContain('face-compared');
        }
      }),
      { seed: 11, numRuns: 10_000 },
    );
  });

  it('is drawn in ARCHITECTURE.md as it is', async () => {
    const text = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8');
    expect(text).toContain(drawMachine());
  });
});
