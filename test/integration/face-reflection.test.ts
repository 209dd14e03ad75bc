import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaceComparer, LightChange } from '#built/face/port.js';
import type { Control } from '#built/simulator/camera/control.js';
import { Room } from '#built/simulator/camera/room.js';
import { encodeJpeg } from '#built/simulator/camera/simulated-camera.js';
import { findPerson } from '#built/simulator/people/cast.js';
import { Random } from '#built/simulator/people/random.js';
import { openTestFace } from './face-video.js';

const SECONDS = 4;
const SLOT_MS = 250;

function drawPattern(seed: number): LightChange[] {
  const random = new Random(seed);
  return Array.from({ length: (SECONDS * 1000) / SLOT_MS }, (_, i) => ({
    atMs: i * SLOT_MS,
    lit: random.next() < 0.5,
  }));
}

/** Real networks; a lamp beside the camera lights the head that the simulated camera sees. */
describe('the light beside the camera', () => {
  let face: FaceComparer;
  beforeAll(async () => {
    face = await openTestFace();
  });
  afterAll(() => face.close());

  /** A session that is told one pattern, before a room that is lit by another or the same. */
  async function judge(
    told: readonly LightChange[] | undefined,
    shown: readonly LightChange[],
    control: Control,
  ) {
    const light = told === undefined ? {} : { light: told };
    const session = await face.begin({ targetFmr: 0.001, liveness: 'passive', challenges: [], ...light });
    const room = new Room(findPerson, 3);
    room.apply(control, 0);
    for (let i = 0; i < SECONDS * 10; i++) {
      const ms = i * 100;
      // A camera shows things a little later than they are.
      const lit = shown.findLast(({ atMs }) => atMs <= ms - 60)?.lit === true;
      room.apply({ flash: lit ? 0.2 : 0 }, ms);
      await session.probe({ jpeg: await encodeJpeg(await room.look(ms)), index: i, takenAtMs: ms });
    }
    const live = await session.liveness();
    await session.end();
    return live;
  }

  it.each(['lin', 'gao', 'bai'])('does not harm %s, whose face throws it back', async (person) => {
    const pattern = drawPattern(1);
    expect(await judge(pattern, pattern, { person })).toMatchObject({ suspicions: [], live: true });
  });

  it.each(['lin', 'gao'])(
    'does not harm %s on whom it is not seen, in sunshine for instance',
    async (person) => {
      expect(await judge(drawPattern(1), [], { person, brightness: 1.2 })).toMatchObject({
        suspicions: [],
        live: true,
      });
    },
  );

  it.each(['lin', 'gao'])('tells the video of %s in the light of another session', async (person) => {
    const live = await judge(drawPattern(1), drawPattern(2), { person });
    expect(live).toMatchObject({ suspicions: ['other-flash'], live: false });
  });

  it('is no matter where none is wired', async () => {
    expect((await judge(undefined, drawPattern(2), { person: 'lin' })).suspicions).toEqual([]);
  });
});
