import type { Networks } from '../networks.js';
import type { Picture } from '../pixels/picture.js';
import {
  distance,
  type FaceSquare,
  fivePoints,
  type Landmarks,
  placeLandmarks,
  rollOf,
} from './landmarks.js';

type Reader = Pick<Networks, 'landmarks'>;

/** What two looks at one square, from different sides, say of the face in it. */
export interface TwoLooks {
  readonly landmarks: Landmarks;
  /**
   * `face`: both looks found the same points, to which only a real face draws them; `doubtful`: about the same, as of a
   * face that is turned far away or half covered; `none`: the points lie on no face.
   */
  readonly proof: 'face' | 'doubtful' | 'none';
}

/** Mean distance of the points of two looks, in parts of the distance of the eyes: agreed on, and no more than doubtful. */
const AGREED = 0.12;
const DOUBTFUL = 0.6;
/** The second look starts so far off, in parts of the square's side. */
const ASIDE = 0.15;
/** Distance of the eyes in parts of the square's side; beyond, the points lie on no face. */
const EYES = { least: 0.15, most: 0.7 };

/**
 * Places the landmarks and looks again from another start. On 360 pieces of photographs without a face the looks never
 * agreed by less than twice `MOST_APART`; on faces, blurred and dark ones included, they nearly always do.
 */
export async function lookTwice(networks: Reader, picture: Picture, square: FaceSquare): Promise<TwoLooks> {
  const landmarks = await refine(networks, picture, square);
  const { centre, side } = square;
  const aside = { ...square, centre: { x: centre.x + ASIDE * side, y: centre.y + ASIDE * side } };
  const first = await placeLandmarks(networks.landmarks, picture, aside);
  const second = await placeLandmarks(networks.landmarks, picture, squareAround(first));
  const eyes = eyesApart(landmarks);
  const plausible = eyes > EYES.least * side && eyes < EYES.most * side;
  const off = plausible ? apart(landmarks, second) : Number.POSITIVE_INFINITY;
  return { landmarks, proof: off < AGREED ? 'face' : off < DOUBTFUL ? 'doubtful' : 'none' };
}

/** Mean distance of the points, in parts of the distance of the first one's eyes. */
export function apart(one: Landmarks, other: Landmarks): number {
  const sum = one.reduce((all, point, i) => all + distance(point, other[i] ?? point), 0);
  return sum / one.length / eyesApart(one);
}

/**
 * Landmarks, and once more from where the first look says that the face is, when that is another place, size or
 * angle than the detector's.
 */
export async function refine(networks: Reader, picture: Picture, square: FaceSquare): Promise<Landmarks> {
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
  const eyes = eyesApart(landmarks);
  const roll = rollOf(landmarks);
  const down = 0.55 * eyes;
  return {
    centre: {
      x: (left.x + right.x) / 2 - Math.sin(roll) * down,
      y: (left.y + right.y) / 2 + Math.cos(roll) * down,
    },
    side: 2.75 * eyes,
    roll,
  };
}

function eyesApart(landmarks: Landmarks): number {
  const [left, right] = fivePoints(landmarks) as [{ x: number; y: number }, { x: number; y: number }];
  return Math.max(2, distance(left, right));
}
