import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../config/schema.js';
import { makeFace } from '../drivers.js';
import { faceFault } from '../face/errors.js';
import { isCalibrated } from '../face/packs/manifest.js';
import type { PackManifest } from '../face/packs/manifest-schema.js';
import { activatePack } from '../face/packs/store.js';
import type { FaceComparer } from '../face/port.js';
import { encodeJpeg } from '../simulator/camera/simulated-camera.js';
import { renderCardPhoto } from '../simulator/people/card-photo.js';
import { CAST } from '../simulator/people/cast.js';
import type { Person } from '../simulator/people/looks.js';
import { renderPerson } from '../simulator/people/render-person.js';

/** Enough that a pack with colours, alignment or scale wrong is seen to mix them up. */
const PEOPLE = 4;

/** How a pack judged synthetic people. */
export interface PeopleTrial {
  /** Lowest score of anybody with their own card. */
  readonly lowestOwn: number;
  /** Highest score of anybody with the card of somebody else. */
  readonly highestOther: number;
}

/**
 * Compares synthetic people with their own cards and with each other's, through the whole pipeline and the pack. Only a
 * comparing pack with a calibration can be tried this way.
 *
 * @throws FACE_PACK_INVALID where somebody is more like another's card than somebody like their own
 */
export async function tryOnPeople(
  directory: string,
  manifest: PackManifest,
  config: Config['face'],
): Promise<PeopleTrial | undefined> {
  if (manifest.task !== 'embedding' || !isCalibrated(manifest)) return undefined;
  const state = await mkdtemp(join(tmpdir(), 'countersign-pack-trial-'));
  try {
    const packs = join(state, 'models');
    await activatePack(packs, manifest.task, manifest.name);
    await symlink(resolve(directory), join(packs, manifest.name));
    const face = await makeFace(config, { stateDirectory: state });
    try {
      return judge(manifest, await scoreAll(face, CAST.slice(0, PEOPLE)));
    } finally {
      await face.close();
    }
  } finally {
    await rm(state, { recursive: true });
  }
}

interface Score {
  readonly own: boolean;
  readonly score: number;
}

async function scoreAll(face: FaceComparer, people: readonly Person[]): Promise<Score[]> {
  const scores: Score[] = [];
  for (const holder of people) {
    const card = await renderCardPhoto(holder);
    for (const person of people) {
      const jpeg = await encodeJpeg(await renderPerson(person));
      const score = await scoreOf(face, jpeg, card);
      if (score !== undefined) scores.push({ own: holder === person, score });
    }
  }
  return scores;
}

async function scoreOf(
  face: FaceComparer,
  jpeg: Uint8Array,
  card: Awaited<ReturnType<typeof renderCardPhoto>>,
): Promise<number | undefined> {
  // The rate matters not: scores are looked at, not decisions.
  const session = await face.begin({ targetFmr: 0.01, liveness: 'off', challenges: [] });
  try {
    await session.reference(card, 'card');
    await session.probe({ jpeg, index: 0, takenAtMs: 0 });
    return (await session.compare())?.score;
  } finally {
    await session.end();
  }
}

function judge({ name }: PackManifest, scores: readonly Score[]): PeopleTrial {
  const of = (wanted: boolean) => scores.filter(({ own }) => own === wanted).map(({ score }) => score);
  const [own, others] = [of(true), of(false)];
  const lowestOwn = Math.min(...own);
  const highestOther = Math.max(...others);
  if (own.length < PEOPLE || others.length === 0 || lowestOwn <= highestOther) {
    const problem = 'it mixes synthetic people up';
    throw faceFault('PACK_INVALID', { details: { name, problem, lowestOwn, highestOther } });
  }
  return { lowestOwn, highestOther };
}
