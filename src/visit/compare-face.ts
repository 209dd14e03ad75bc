import { randomInt } from 'node:crypto';
import type { Camera } from '../camera/port.js';
import type { PhotoDecoder } from '../card/port.js';
import type { Clock } from '../clock/port.js';
import type { CardPhoto } from '../domain/card.js';
import { isAbort, isCountersignError } from '../domain/errors.js';
import { CHALLENGES, type Challenge, type Guidance } from '../domain/face.js';
import type { RgbImage } from '../domain/image.js';
import type { Reason } from '../domain/outcome.js';
import type { FaceComparer, FaceSession, ProbeExamination } from '../face/port.js';
import { judgeFace, type Verdict } from './decide.js';
import { VisitEnding } from './ending.js';
import type { VisitPerson } from './person.js';
import type { VisitDesk } from './visit-desk.js';

export interface FaceDeps {
  readonly decoder: PhotoDecoder;
  readonly camera: Camera;
  readonly face: FaceComparer;
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
  const { targetFmr, liveness, frames, challenges: count } = desk.policy;
  const challenges = liveness === 'active' ? drawChallenges(count) : [];
  const session = await deps.face.begin({ targetFmr, liveness, challenges, frames });
  try {
    const { guidance } = await session.reference(reference, 'card');
    if (guidance.length > 0) throw new VisitEnding('inconclusive', 'card-photo-unusable');
    await watchPerson(desk, session, challenges.length, deps);
    const comparison = await session.compare();
    const live = await session.liveness();
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

/** Looks until enough frames are good and every challenge was shown. @throws VisitEnding when that takes too long */
async function watchPerson(
  desk: VisitDesk,
  session: FaceSession,
  challenges: number,
  { camera, clock }: FaceDeps,
): Promise<void> {
  const { frames, faceSeconds, absenceSeconds } = desk.policy;
  const begun = clock.elapsed();
  let seenAt = begun;
  let last: ProbeExamination | undefined;
  const stop = new AbortController();
  const signal = AbortSignal.any([desk.signal, stop.signal]);
  try {
    for await (const frame of camera.frames(signal)) {
      desk.showFrame(frame.jpeg);
      try {
        last = await session.probe(frame);
      } catch (error) {
        // A single frame that cannot be decoded is no reason to send somebody away.
        if (isCountersignError(error) && error.code === 'FACE_IMAGE_UNUSABLE') continue;
        throw error;
      }
      desk.show(viewOf(last, frames, challenges));
      const now = clock.elapsed();
      if (last.faces > 0) seenAt = now;
      if (last.usable >= frames && last.challengesPassed >= challenges) return;
      // After a wrong answer this attempt can no longer succeed: its end is told at once.
      if (last.challengeFailed === true && last.usable > 0) return;
      if (now - seenAt > absenceSeconds * 1000) throw new VisitEnding('cancelled', 'person-left');
      if (now - begun > faceSeconds * 1000)
        throw new VisitEnding('inconclusive', reasonToGiveUp(last, frames));
    }
  } catch (error) {
    // The visit's own end is the reason for the camera's.
    if (isAbort(error)) desk.signal.throwIfAborted();
    throw error;
  } finally {
    stop.abort();
  }
}

function viewOf(probe: ProbeExamination, frames: number, challenges: number) {
  const { box, imageWidth, imageHeight, guidance, challenge, usable, challengesPassed } = probe;
  return {
    guidance,
    challenge,
    progress: (Math.min(usable, frames) + challengesPassed) / (frames + challenges),
    faceBox: box === undefined ? undefined : { ...box, imageWidth, imageHeight },
  };
}

function reasonToGiveUp({ usable, guidance }: ProbeExamination, frames: number): Reason {
  const last: Guidance | undefined = guidance[0];
  if (usable >= frames) return 'liveness-not-shown';
  return last === 'one-person-only' ? 'several-faces' : 'no-usable-face';
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
