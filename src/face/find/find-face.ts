import type { FaceBox } from '../../domain/face.js';
import type { Networks } from '../networks.js';
import { Picture } from '../pixels/picture.js';
import { stretchContrast } from '../pixels/stretch.js';
import { peopleInFront } from './foremost.js';
import { type Landmarks, squareOf } from './landmarks.js';
import { refine } from './look-twice.js';
import { CARD, CROP, PHOTOGRAPH, type Search } from './looks.js';
import { clip, searchStill } from './search-still.js';
import { detectTiny } from './tiny-detector.js';

/** The faces of one picture that count, and the landmarks of the foremost. In pixels of `picture.image`. */
export interface FaceSighting {
  /** People in front: a face much smaller than the foremost is somebody in the background and is not counted. */
  readonly faces: number;
  readonly box?: FaceBox;
  readonly landmarks?: Landmarks;
}

/** The live picture is looked at small and often; a still one once and thoroughly. */
const LIVE_SIZES = [320, 416];
const LEAST_LIVE = 0.4;
/** A picture of at most so many pixels that has a card photo's shape is taken for one. */
const CARD_SIDE = 200;
/** Up to this size pictures are taken for cut-out faces. */
const CROP_SIDE = 320;

/** A frame of the camera; looked at once more and larger when nothing is found. */
export async function findLive(networks: Networks, picture: Picture): Promise<FaceSighting> {
  for (const size of LIVE_SIZES) {
    const people = peopleInFront(await detectTiny(networks.tiny, picture, { size, leastScore: LEAST_LIVE }));
    if (people === undefined) continue;
    const { foremost, rivals } = people;
    const landmarks = await refine(networks, picture, squareOf(foremost.box));
    return { faces: 1 + rivals.length, box: clip(foremost.box, picture), landmarks };
  }
  return { faces: 0 };
}

/** Any photograph, portrait or cut-out face. */
export async function findAny(networks: Networks, picture: Picture): Promise<FaceSighting> {
  const { width, height } = picture.image;
  const side = Math.max(width, height);
  const isCard = side <= CARD_SIDE && CARD.places(picture.image).length > 0;
  const search = isCard ? CARD : side <= CROP_SIDE ? CROP : PHOTOGRAPH;
  return searchTwice(networks, picture, search);
}

/** The photo of an ID card. */
export function findOnCard(networks: Networks, picture: Picture): Promise<FaceSighting> {
  return searchTwice(networks, picture, CARD);
}

/**
 * As it is, and where that shows nothing and the picture has little contrast, with more: in pictures of a seventh of
 * the light every third face was found by this alone, and in those of a quarter of the contrast every fourth.
 */
async function searchTwice(networks: Networks, picture: Picture, search: Search): Promise<FaceSighting> {
  const found = await searchStill(networks, picture, search);
  if (found !== undefined) return found;
  const clearer = stretchContrast(picture.image);
  if (clearer === undefined) return { faces: 0 };
  const again = new Picture(clearer);
  try {
    return (await searchStill(networks, again, search)) ?? { faces: 0 };
  } finally {
    again.wipe();
  }
}
