import type { Camera } from '../camera/port.js';
import type { Clock } from '../clock/port.js';
import { isAbort, isCountersignError } from '../domain/errors.js';
import type { Guidance } from '../domain/face.js';
import type { Reason } from '../domain/outcome.js';
import type { FaceSession, ProbeExamination } from '../face/port.js';
import { VisitEnding } from './ending.js';
import type { VisitDesk } from './visit-desk.js';

/** What a person is watched for. */
export interface Wanted {
  /** Frames that are good enough to be compared. */
  readonly frames: number;
  readonly challenges: number;
  /** How much the presentation attack detection must have to go by. */
  readonly watchedMs: number;
}

/**
 * Looks until enough frames are good, every challenge was shown and the person was watched for long enough to tell
 * whether they are alive.
 *
 * @throws VisitEnding when that takes too long
 */
export async function watchPerson(
  desk: VisitDesk,
  session: FaceSession,
  wanted: Wanted,
  { camera, clock }: { readonly camera: Camera; readonly clock: Clock },
): Promise<void> {
  const { faceSeconds, absenceSeconds } = desk.policy;
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
      desk.show(viewOf(last, wanted));
      const now = clock.elapsed();
      if (last.faces > 0) seenAt = now;
      if (isShown(last, wanted) && last.watchedMs >= wanted.watchedMs) return;
      // After a wrong answer this attempt can no longer succeed: its end is told at once.
      if (last.challengeFailed === true && last.usable > 0) return;
      if (now - seenAt > absenceSeconds * 1000) throw new VisitEnding('cancelled', 'person-left');
      if (now - begun > faceSeconds * 1000)
        throw new VisitEnding('inconclusive', reasonToGiveUp(last, wanted));
    }
  } catch (error) {
    // The visit's own end is the reason for the camera's.
    if (isAbort(error)) desk.signal.throwIfAborted();
    throw error;
  } finally {
    stop.abort();
  }
}

/** All that the person has to do is done; what is left is to be watched. */
function isShown({ usable, challengesPassed }: ProbeExamination, { frames, challenges }: Wanted): boolean {
  return usable >= frames && challengesPassed >= challenges;
}

function viewOf(probe: ProbeExamination, wanted: Wanted) {
  const { box, imageWidth, imageHeight, guidance, challenge, usable, challengesPassed, watchedMs } = probe;
  const { frames, challenges } = wanted;
  const watched = wanted.watchedMs === 0 ? 1 : Math.min(1, watchedMs / wanted.watchedMs);
  const waits = isShown(probe, wanted) && watched < 1 && guidance.length === 0;
  return {
    guidance: waits ? KEEP_LOOKING : guidance,
    challenge,
    progress: (Math.min(usable, frames) + challengesPassed + watched) / (frames + challenges + 1),
    faceBox: box === undefined ? undefined : { ...box, imageWidth, imageHeight },
  };
}

const KEEP_LOOKING: readonly Guidance[] = ['keep-looking'];

function reasonToGiveUp({ usable, guidance }: ProbeExamination, { frames }: Wanted): Reason {
  const last: Guidance | undefined = guidance[0];
  if (usable >= frames) return 'liveness-not-shown';
  return last === 'one-person-only' ? 'several-faces' : 'no-usable-face';
}
