import type { FaceBox } from '../../domain/face.js';
import type { Networks } from '../networks.js';
import type { Picture } from '../pixels/picture.js';
import {
  distance,
  type FaceSquare,
  fivePoints,
  type Landmarks,
  placeLandmarks,
  rollOf,
  squareOf,
} from './landmarks.js';
import type { FoundFace } from './overlap.js';
import { detectSsd } from './ssd-detector.js';
import { detectTiny } from './tiny-detector.js';

/** The faces of one picture that count, and the landmarks of the foremost. In pixels of `picture.image`. */
export interface FaceSighting {
  /** People in front: a face much smaller than the foremost is somebody in the background and is not counted. */
  readonly faces: number;
  readonly box?: FaceBox;
  readonly landmarks?: Landmarks;
}

/** The live picture is looked at small and often; a still one once and thoroughly. */
const LIVE_SIZE = 320;
const STILL_SIZE = 416;
const CARD_SIZE = 256;
const LEAST_SCORE = 0.5;
const LEAST_LIVE = 0.4;
/** On a photo of an ID card there is a face, if a faint one. */
const LEAST_ON_CARD = 0.35;
/** Measured: with 64 light pixels around it, a 102x126 photo is found nearly always, bare in one case of three. */
const BORDER = 64;
const SMALL_SIDE = 200;
/** A second face counts from this part of the foremost one's width. */
const COUNTED = 0.5;

/** A frame of the camera; looked at once more and larger when nothing is found. */
export async function findLive(networks: Networks, picture: Picture): Promise<FaceSighting> {
  for (const size of [LIVE_SIZE, STILL_SIZE]) {
    const found = await detectTiny(networks.tiny, picture, { size, leastScore: LEAST_LIVE });
    if (found.length > 0) return look(networks, picture, found);
  }
  return { faces: 0 };
}

/** Any photograph: fast detector, then the thorough one, then with a border, for faces that fill the picture. */
export async function findAny(networks: Networks, picture: Picture): Promise<FaceSighting> {
  const { width, height } = picture.image;
  if (Math.max(width, height) <= SMALL_SIDE) return findOnCard(networks, picture);
  const fast = await detectTiny(networks.tiny, picture, { size: STILL_SIZE, leastScore: LEAST_SCORE });
  if (fast.length > 0) return look(networks, picture, fast);
  const border = Math.round(Math.max(width, height) * 0.3);
  return look(networks, picture, await thorough(networks, picture, [0, border]));
}

/** The photo of an ID card. */
export async function findOnCard(networks: Networks, picture: Picture): Promise<FaceSighting> {
  const options = { size: CARD_SIZE, leastScore: LEAST_ON_CARD, border: BORDER };
  const fast = await detectTiny(networks.tiny, picture, options);
  if (fast.length > 0) return look(networks, picture, fast);
  const byPlace = await lookWhereItBelongs(networks, picture);
  if (byPlace !== undefined) return byPlace;
  return look(networks, picture, await thorough(networks, picture, [BORDER]));
}

async function thorough(
  networks: Networks,
  picture: Picture,
  borders: readonly number[],
): Promise<FoundFace[]> {
  const ssd = await networks.loadSsd();
  try {
    for (const border of borders) {
      const found = await detectSsd(ssd, picture, {
        leastScore: border > 0 ? LEAST_ON_CARD : LEAST_SCORE,
        border,
      });
      if (found.length > 0) return found;
    }
    return [];
  } finally {
    await ssd.release();
  }
}

async function look(
  networks: Networks,
  picture: Picture,
  found: readonly FoundFace[],
): Promise<FaceSighting> {
  const foremost = foremostOf(found);
  if (foremost === undefined) return { faces: 0 };
  const faces = found.filter(
    ({ box, score }) => box.width >= foremost.box.width * COUNTED && score >= foremost.score * COUNTED,
  );
  const landmarks = await refine(networks, picture, squareOf(foremost.box));
  return { faces: faces.length, box: clip(foremost.box, picture), landmarks };
}

/** Large and sure of itself; position does not matter. */
function foremostOf(found: readonly FoundFace[]): FoundFace | undefined {
  let foremost: FoundFace | undefined;
  let most = 0;
  for (const face of found) {
    const weight = face.box.width * face.box.height * face.score;
    if (weight > most) [foremost, most] = [face, weight];
  }
  return foremost;
}

/**
 * Landmarks, and once more from where the first look says that the face is, when that is another place, size or
 * angle than the detector's.
 */
async function refine(networks: Networks, picture: Picture, square: FaceSquare): Promise<Landmarks> {
  const first = await placeLandmarks(networks.landmarks, picture, square);
  const better = squareAround(first);
  const moved = distance(better.centre, square.centre) / square.side;
  const grown = Math.abs(Math.log(better.side / square.side));
  if (moved < 0.12 && grown < 0.2 && Math.abs(better.roll) < 0.2) return first;
  return placeLandmarks(networks.landmarks, picture, better);
}

/** The square in which the landmark network likes a face best, upright; from a first look at it. */
export function squareAround(landmarks: Landmarks): FaceSquare {
  const [left, right] = fivePoints(landmarks) as [{ x: number; y: number }, { x: number; y: number }];
  const apart = Math.max(2, distance(left, right));
  const roll = rollOf(landmarks);
  const down = 0.55 * apart;
  return {
    centre: {
      x: (left.x + right.x) / 2 - Math.sin(roll) * down,
      y: (left.y + right.y) / 2 + Math.cos(roll) * down,
    },
    side: 2.75 * apart,
    roll,
  };
}

/**
 * Where the face of a resident card's photo lies by the rules for such photos (GA/T 461: head about 58 of 102 pixels
 * wide), in parts of its width and height. Looked at from two sides: only a real face draws both looks to the same
 * points.
 */
async function lookWhereItBelongs(networks: Networks, picture: Picture): Promise<FaceSighting | undefined> {
  const { width, height } = picture.image;
  if (Math.abs(width / height - 102 / 126) > 0.06) return undefined;
  const apart = 0.26 * width;
  const starts = [-0.3, 0.3].map((shift) => ({
    centre: { x: width / 2 + shift * apart, y: 0.4 * height + (0.6 - shift) * apart },
    side: 2.7 * apart,
    roll: 0,
  }));
  const looks: Landmarks[] = [];
  for (const start of starts) {
    const first = await placeLandmarks(networks.landmarks, picture, start);
    looks.push(await placeLandmarks(networks.landmarks, picture, squareAround(first)));
  }
  const [a, b] = looks as [Landmarks, Landmarks];
  const eyes = distance(...(fivePoints(a).slice(0, 2) as [Landmarks[0], Landmarks[0]]));
  const apartness = a.reduce((sum, point, i) => sum + distance(point, b[i] as Landmarks[0]), 0) / a.length;
  const plausible = eyes > 0.15 * width && eyes < 0.45 * width && apartness < 0.08 * eyes;
  if (!plausible) return undefined;
  const { centre, side } = squareAround(a);
  const box = { x: centre.x - side / 2, y: centre.y - side / 2, width: side, height: side };
  return { faces: 1, box: clip(box, picture), landmarks: a };
}

function clip({ x, y, width, height }: FaceBox, { image }: Picture): FaceBox {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  return {
    x: left,
    y: top,
    width: Math.max(1, Math.min(image.width, x + width) - left),
    height: Math.max(1, Math.min(image.height, y + height) - top),
  };
}
