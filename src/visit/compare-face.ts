import { randomInt } from 'node:crypto';
import type { Camera } from '../camera/port.js';
import type { PhotoDecoder } from '../card/port.js';
import type { Clock } from '../clock/port.js';
import type { CardPhoto } from '../domain/card.js';
import { isCountersignError } from '../domain/errors.js';
import { CHALLENGES, type Challenge } from '../domain/face.js';
import type { RgbImage } from '../domain/image.js';
import type { FaceComparer } from '../face/port.js';
import type { FaceLight } from '../lights/port.js';
import { judgeFace, type Verdict, withReflection } from './decide.js';
import { VisitEnding } from './ending.js';
import { LIGHT_SECONDS, type Shining, shine } from './light-pattern.js';
import type { VisitPerson } from './person.js';
import type { VisitDesk } from './visit-desk.js';
import { watchPerson } from './watch-person.js';

export interface FaceDeps {
  readonly decoder: PhotoDecoder;
  readonly camera: Camera;
  readonly face: FaceComparer;
  /** Where a light is wired beside the camera. */
  readonly faceLight?: FaceLight | undefined;
  readonly clock: Clock;
}

/**
 * Compares the person before the camera with the photo of their card, as often as the policy allows. Fills in what is
 * reported. All pictures are wiped before this ends, however it ends.
 *
 * @throws VisitEnding for everything but a face that matches
 */
export async function compareFace(
  desk: VisitDesk,
  person: VisitPerson,
  photo: CardPhoto | undefined,
  deps: FaceDeps,
): Promise<void> {
  const reference = await decodePhoto(desk, photo, deps.decoder);
  try {
    let verdict: Verdict | undefined;
    while (person.attempts < desk.policy.attempts && verdict?.outcome !== 'verified') {
      person.attempts++;
      verdict = await attempt(desk, person, reference, deps);
    }
    if (verdict?.outcome !== 'verified') {
      throw new VisitEnding(verdict?.outcome ?? 'inconclusive', verdict?.reason ?? 'no-usable-face');
    }
  } finally {
    reference.rgb.fill(0);
  }
}

async function decodePhoto(
  desk: VisitDesk,
  photo: CardPhoto | undefined,
  decoder: PhotoDecoder,
): Promise<RgbImage> {
  if (photo === undefined) throw new VisitEnding('inconclusive', 'card-photo-unusable');
  try {
    return await decoder.decode(photo, desk.signal);
  } catch (error) {
    if (!isCountersignError(error)) throw error;
    desk.fault(error);
    const missing = error.code === 'CARD_PHOTO_NO_DECODER';
    throw new VisitEnding('inconclusive', missing ? 'photo-decoder-missing' : 'card-photo-unusable');
  } finally {
    photo.bytes.fill(0);
  }
}

async function attempt(
  desk: VisitDesk,
  person: VisitPerson,
  reference: RgbImage,
  deps: FaceDeps,
): Promise<Verdict> {
  const { faceLight, clock } = deps;
  const { liveness, faceSeconds } = desk.policy;
  if (faceLight === undefined || liveness === 'off')
    return attemptIn(undefined, desk, person, reference, deps);
  // It shines from before the first frame: the card's photo is looked at meanwhile.
  const shining = shine(faceLight, clock, faceSeconds + LIGHT_SECONDS);
  try {
    return await attemptIn(shining, desk, person, reference, deps);
  } finally {
    await shining.stop();
  }
}

async function attemptIn(
  shining: Shining | undefined,
  desk: VisitDesk,
  person: VisitPerson,
  reference: RgbImage,
  deps: FaceDeps,
): Promise<Verdict> {
  const { targetFmr, liveness, frames, challenges: count } = desk.policy;
  const challenges = liveness === 'active' ? drawChallenges(count) : [];
  const light = shining === undefined ? {} : { light: shining.changes };
  const session = await deps.face.begin({ targetFmr, liveness, challenges, frames, ...light });
  try {
    const { guidance } = await session.reference(reference, 'card');
    if (guidance.length > 0) throw new VisitEnding('inconclusive', 'card-photo-unusable');
    const watchedMs = watchedMsOf(desk, shining !== undefined);
    await watchPerson(desk, session, { frames, challenges: challenges.length, watchedMs }, deps);
    const comparison = await session.compare();
    // Of a light that is broken nothing is asked: `doctor` and `health` tell of it.
    const required = (await shining?.stop()) === true && desk.policy.faceLight === 'require';
    const live = withReflection(await session.liveness(), required);
    if (comparison !== undefined) {
      const { quality, ...compared } = comparison;
      person.comparison = compared;
      person.quality = quality;
    }
    person.liveness = {
      live: live.live,
      passive: live.passive,
      challenges: [...live.challenges],
      suspicions: [...live.suspicions],
    };
    return judgeFace(comparison, live);
  } catch (error) {
    if (!isCountersignError(error)) throw error;
    desk.fault(error);
    const unusable = error.code === 'FACE_IMAGE_UNUSABLE';
    const ofCamera = error.code.startsWith('CAMERA_');
    if (unusable) throw new VisitEnding('inconclusive', 'card-photo-unusable');
    throw new VisitEnding('failed', ofCamera ? 'camera-fault' : 'face-engine-fault');
  } finally {
    desk.showFrame(undefined);
    await session.end();
  }
}

/** How much the attack detection is to have to go by. */
function watchedMsOf({ policy: { liveness, watchSeconds } }: VisitDesk, lit: boolean): number {
  if (liveness === 'off') return 0;
  return 1000 * (lit ? Math.max(watchSeconds, LIGHT_SECONDS) : watchSeconds);
}

/** Random order, never the same twice in a row: a recording of another visit does not fit. */
export function drawChallenges(count: number): Challenge[] {
  const drawn: Challenge[] = [];
  while (drawn.length < count) {
    const next = CHALLENGES[randomInt(CHALLENGES.length)];
    if (next !== undefined && next !== drawn.at(-1)) drawn.push(next);
  }
  return drawn;
}
