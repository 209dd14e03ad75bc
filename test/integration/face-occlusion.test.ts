import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaceComparer, ProbeExamination } from '#built/face/port.js';
import type { Control } from '#built/simulator/camera/control.js';
import { CAST } from '#built/simulator/people/cast.js';
import { WEARABLES } from '#built/simulator/people/looks.js';
import { film, openTestFace } from './face-video.js';

/** Real networks; masks and glasses are drawn on the heads that the simulated camera sees. */
describe('what is worn over a face', () => {
  let face: FaceComparer;
  beforeAll(async () => {
    face = await openTestFace();
  });
  afterAll(() => face.close());

  /** What is seen in half a second. */
  async function look(control: Control): Promise<ProbeExamination[]> {
    const session = await face.begin({ targetFmr: 0.001, liveness: 'off', challenges: [] });
    const seen: ProbeExamination[] = [];
    for await (const frame of film({ control, seconds: 0.5, seed: 4 })) seen.push(await session.probe(frame));
    await session.end();
    return seen;
  }

  it.each(WEARABLES)(
    '%s: people are asked to uncover, and their frames are not compared yet',
    async (wears) => {
      for (const person of ['lin', 'wei', 'bai', 'meng']) {
        const seen = await look({ person, wears });
        expect(seen.filter(({ guidance }) => guidance.includes('uncover-your-face')).length, person).toBe(5);
        expect(seen.at(-1)?.usable, person).toBe(0);
      }
    },
  );

  it.each([{}, { brightness: 0.5 }, { brightness: 1.35, side: 0.9 }])(
    'nobody of the cast is asked to with nothing on, beards and glasses included: %j',
    async (light) => {
      for (const { id } of CAST) {
        for (const { guidance } of await look({ person: id, ...light })) {
          expect(guidance, id).not.toContain('uncover-your-face');
        }
      }
    },
  );
});
