import { fileURLToPath } from 'node:url';
import type { Challenge } from '#built/domain/face.js';
import type { VideoFrame } from '#built/domain/image.js';
import { openFace } from '#built/face/open-face.js';
import type { FaceComparer, FaceSession, ProbeExamination } from '#built/face/port.js';
import type { Control } from '#built/simulator/camera/control.js';
import { Room } from '#built/simulator/camera/room.js';
import { encodeJpeg } from '#built/simulator/camera/simulated-camera.js';
import { renderCardPhoto } from '#built/simulator/people/card-photo.js';
import { findPerson } from '#built/simulator/people/cast.js';
import { decodeSimulatedWlt, encodeSimulatedWlt } from '#built/simulator/photo-codec.js';

const ROOT = new URL('../../', import.meta.url);

export const MODELS = fileURLToPath(new URL('models', ROOT));
/** As src/drivers.ts has them. */
export const ENGINES = {
  onnx: new URL('dist/face/onnx-driver.js', ROOT),
  tfjs: new URL('dist/face/tfjs-driver.js', ROOT),
};

export function openTestFace(
  options: { stateDirectory?: string; packsDirectory?: string; packSigners?: string } = {},
): Promise<FaceComparer> {
  return openFace({ engine: 'onnx', engines: ENGINES, modelsDirectory: MODELS, ...options });
}

export interface Shot {
  readonly control: Control;
  readonly seconds: number;
  /** What the person does, one after the other, from half a second on. */
  readonly acts?: readonly Challenge[];
  readonly seed?: number;
}

const FPS = 10;

/** What the camera on the counter would see, frame by frame. */
export async function* film({ control, seconds, acts, seed = 1 }: Shot): AsyncGenerator<VideoFrame> {
  const room = new Room(findPerson, seed);
  room.apply(control, 0);
  for (let index = 0; index < seconds * FPS; index++) {
    const ms = (index * 1000) / FPS;
    if (acts !== undefined && index === FPS / 2) room.apply({ act: [...acts] }, ms);
    yield { jpeg: await encodeJpeg(await room.look(ms)), index, takenAtMs: ms };
  }
}

/** The photo on a person's card, after the card's kilobyte. */
export async function cardPhotoOf(id: string) {
  return decodeSimulatedWlt(await encodeSimulatedWlt(await renderCardPhoto(findPerson(id))));
}

/** Shows all frames to a session; the last examination. */
export async function watch(
  session: FaceSession,
  frames: AsyncIterable<VideoFrame>,
): Promise<ProbeExamination> {
  let last: ProbeExamination | undefined;
  for await (const frame of frames) last = await session.probe(frame);
  if (last === undefined) throw new Error('no frame');
  return last;
}
