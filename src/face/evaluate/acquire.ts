import { readFile, stat } from 'node:fs/promises';
import { isCountersignError } from '../../domain/errors.js';
import type { FaceQuality } from '../../domain/face.js';
import { alignFace } from '../embed/align.js';
import { embedFaces } from '../embed/embed.js';
import { type FaceSighting, findAny, findOnCard } from '../find/find-face.js';
import type { Networks } from '../networks.js';
import { type DecodeLimits, decodePicture, SMALL, UNHURRIED } from '../pixels/decode.js';
import type { Picture } from '../pixels/picture.js';
import { measureQuality } from '../quality.js';
import { makeCardPhoto } from './card-photo.js';
import type { TemplateKind } from './plan.js';

/**
 * Why no template came of a picture. `no-source`: no card photo could be made, as its picture shows no face.
 * `program-failed`: not the picture's fault, but ours; the run goes on without it.
 */
export type FailureReason =
  | 'image-unusable'
  | 'no-face'
  | 'several-faces'
  | 'no-source'
  | 'card-bytes'
  | 'program-failed';

export type Acquired =
  | { readonly embedding: Float32Array; readonly quality: FaceQuality; readonly bytes: number }
  | { readonly failed: FailureReason; readonly detail?: string };

export interface AcquireOptions {
  readonly cardBytes: number;
  /** `refuse`: a second face nearly as large as the first is a failure, as on the terminal; else it is ignored. */
  readonly several: 'refuse' | 'foremost';
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Reads one picture once and makes what is asked of it. Nothing but the answer is left of it. */
export async function acquireFile(
  networks: Networks,
  path: string,
  kinds: readonly TemplateKind[],
  options: AcquireOptions,
): Promise<Partial<Record<TemplateKind, Acquired>>> {
  const all = (each: Acquired) => Object.fromEntries(kinds.map((kind) => [kind, each]));
  let encoded: Uint8Array;
  try {
    if ((await stat(path)).size > MOST_BYTES) return all({ failed: 'image-unusable', detail: 'bytes' });
    encoded = await readFile(path);
  } catch (error) {
    return all({ failed: 'image-unusable', detail: (error as NodeJS.ErrnoException).code ?? 'unreadable' });
  }
  try {
    const answers: Partial<Record<TemplateKind, Acquired>> = {};
    if (kinds.includes('card')) answers.card = await acquireCard(networks, encoded, options);
    if (kinds.includes('photo') || kinds.includes('simulated-card')) {
      Object.assign(answers, await acquirePhoto(networks, encoded, kinds, options));
    }
    return answers;
  } finally {
    encoded.fill(0);
  }
}

function acquirePhoto(
  networks: Networks,
  encoded: Uint8Array,
  kinds: readonly TemplateKind[],
  options: AcquireOptions,
): Promise<Partial<Record<TemplateKind, Acquired>>> {
  return withPicture(encoded, UNHURRIED, async (picture, unusable) => {
    const answers: Partial<Record<TemplateKind, Acquired>> = {};
    const wantsCard = kinds.includes('simulated-card');
    if (picture === undefined) {
      if (kinds.includes('photo')) answers.photo = unusable;
      if (wantsCard) answers['simulated-card'] = { failed: 'no-source', detail: 'image-unusable' };
      return answers;
    }
    const sighting = await findAny(networks, picture);
    if (kinds.includes('photo')) {
      answers.photo = await embed(networks, picture, sighting, { ...options, bytes: encoded.length });
    }
    if (wantsCard) {
      const { landmarks, faces } = sighting;
      if (landmarks === undefined || (faces > 1 && options.several === 'refuse')) {
        const detail = faces === 0 ? 'no-face' : 'several-faces';
        answers['simulated-card'] = { failed: 'no-source', detail };
      } else {
        const card = await makeCardPhoto(picture, landmarks, options.cardBytes);
        answers['simulated-card'] =
          card === undefined ? { failed: 'card-bytes' } : await acquireCard(networks, card, options);
        card?.fill(0);
      }
    }
    return answers;
  });
}

function acquireCard(networks: Networks, encoded: Uint8Array, options: AcquireOptions): Promise<Acquired> {
  return withPicture(encoded, SMALL, async (picture, unusable) => {
    if (picture === undefined) return unusable;
    const sighting = await findOnCard(networks, picture);
    return embed(networks, picture, sighting, { ...options, bytes: encoded.length });
  });
}

async function embed(
  networks: Networks,
  picture: Picture,
  { faces, landmarks }: FaceSighting,
  { several, bytes }: AcquireOptions & { readonly bytes: number },
): Promise<Acquired> {
  if (faces === 0 || landmarks === undefined) return { failed: 'no-face' };
  if (faces > 1 && several === 'refuse') return { failed: 'several-faces', detail: String(faces) };
  const chip = alignFace(picture, landmarks, networks.model);
  try {
    const [embedding] = await embedFaces(networks.embedding, networks.model, [chip]);
    const quality = measureQuality(picture, landmarks);
    const interEyeDistance = quality.interEyeDistance * picture.scale;
    return { embedding: embedding as Float32Array, quality: { ...quality, interEyeDistance }, bytes };
  } finally {
    chip.fill(0);
  }
}

/** Decodes, works, wipes. A picture that cannot be used is an answer here, not a fault. */
async function withPicture<Result>(
  encoded: Uint8Array,
  limits: DecodeLimits,
  work: (picture: Picture | undefined, unusable: Acquired) => Promise<Result>,
): Promise<Result> {
  let picture: Picture;
  try {
    picture = await decodePicture({ encoded }, limits);
  } catch (error) {
    if (!isCountersignError(error)) throw error;
    return work(undefined, { failed: 'image-unusable', detail: String(error.details['problem'] ?? '') });
  }
  try {
    return await work(picture, { failed: 'image-unusable' });
  } finally {
    picture.wipe();
  }
}
