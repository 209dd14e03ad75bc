import type { FaceBox } from '../../domain/face.js';
import type { Networks } from '../networks.js';
import type { Picture } from '../pixels/picture.js';
import { peopleOfStill } from './foremost.js';
import { type FaceSquare, type Landmarks, squareOf } from './landmarks.js';
import { apart, lookTwice, squareAround } from './look-twice.js';
import type { Look, Search } from './looks.js';
import { type FoundFace, keepBest, overlap } from './overlap.js';
import { detectSsd } from './ssd-detector.js';
import { detectTiny } from './tiny-detector.js';

export interface StillFace {
  /** People whom the picture could be of. */
  readonly faces: number;
  readonly box: FaceBox;
  readonly landmarks: Landmarks;
}

/** Scores below are noise; from here on they are a face where the landmarks prove it. */
const FAINT = 0.1;
const MOST_FAINT = 4;
/** Landmarks of two boxes that lie nearer (in distances of the eyes) are of one face. */
const SAME_FACE = 0.5;

/**
 * Searches until some look has found a face on whose landmarks two starts agree. A face that a detector is sure of, but
 * the landmarks are not (turned far away, half covered), is taken when nothing better lies in its place.
 */
export async function searchStill(
  networks: Networks,
  picture: Picture,
  { fast, thorough, places, placesFirst }: Search,
): Promise<StillFace | undefined> {
  const seen = new Seen(networks, picture);
  const squares = places(picture.image);
  const found = placesFirst ? await seen.inPlace(squares) : undefined;
  if (found !== undefined) return found;
  for (const look of fast) {
    const face = await seen.by(look, await detectFast(networks, picture, look));
    if (face !== undefined) return face;
  }
  const proved = (await seen.faintly()) ?? (placesFirst ? undefined : await seen.inPlace(squares));
  if (proved !== undefined) return proved;
  const ssd = await networks.loadSsd();
  try {
    for (const look of thorough) {
      const options = { leastScore: FAINT, border: borderOf(look, picture) };
      const face = await seen.by(look, await detectSsd(ssd, picture, options));
      if (face !== undefined) return face;
    }
  } finally {
    await ssd.release();
  }
  return (await seen.faintly()) ?? seen.unproved;
}

/** What the looks so far have shown of one picture. */
class Seen {
  /** A face that a detector is sure of and the landmarks are not. */
  unproved: StillFace | undefined;
  readonly #networks: Networks;
  readonly #picture: Picture;
  #faint: FoundFace[] = [];

  constructor(networks: Networks, picture: Picture) {
    this.#networks = networks;
    this.#picture = picture;
  }

  /** Judges what a detector found; keeps the faint ones for later. */
  async by({ clear }: Look, found: readonly FoundFace[]): Promise<StillFace | undefined> {
    this.#faint.push(...found.filter(({ score }) => score < clear));
    const people = peopleOfStill(
      found.filter(({ score }) => score >= clear),
      this.#picture.image,
    );
    if (people === undefined) return undefined;
    const { foremost, rivals } = people;
    const { landmarks, proof } = await this.#lookTwice(squareOf(foremost.box));
    if (proof === 'none') return undefined;
    const faces = 1 + (await this.#countOthers(landmarks, rivals));
    const face = { faces, box: clip(foremost.box, this.#picture), landmarks };
    if (proof === 'face' && this.#inPlaceOfUnproved(foremost.box)) return face;
    this.unproved ??= face;
    return undefined;
  }

  /** The best of the faint ones that the landmarks prove; each is tried once. */
  async faintly(): Promise<StillFace | undefined> {
    const best = keepBest(this.#faint, 0.6).filter(({ box }) => this.#inPlaceOfUnproved(box));
    this.#faint = [];
    for (const { box } of best.slice(0, MOST_FAINT)) {
      const { landmarks, proof } = await this.#lookTwice(squareOf(box));
      if (proof === 'face') return { faces: 1, box: clip(box, this.#picture), landmarks };
    }
    return undefined;
  }

  async inPlace(squares: readonly FaceSquare[]): Promise<StillFace | undefined> {
    for (const square of squares) {
      const { landmarks, proof } = await this.#lookTwice(square);
      if (proof !== 'face') continue;
      const { centre, side } = squareAround(landmarks);
      const box = { x: centre.x - side / 2, y: centre.y - side / 2, width: side, height: side };
      if (this.#inPlaceOfUnproved(box)) return { faces: 1, box: clip(box, this.#picture), landmarks };
    }
    return undefined;
  }

  /** Two boxes on one face, as detectors give of one that fills the picture, are drawn to the same points. */
  async #countOthers(foremost: Landmarks, rivals: readonly FoundFace[]): Promise<number> {
    let others = 0;
    for (const { box } of rivals) {
      const { landmarks } = await this.#lookTwice(squareOf(box));
      if (apart(foremost, landmarks) > SAME_FACE) others++;
    }
    return others;
  }

  /** Somebody in the background does not stand in for the person in front whose landmarks are hard to place. */
  #inPlaceOfUnproved(box: FaceBox): boolean {
    return this.unproved === undefined || overlap(box, this.unproved.box) > 0.1;
  }

  #lookTwice(square: FaceSquare) {
    return lookTwice(this.#networks, this.#picture, square);
  }
}

function detectFast({ tiny }: Networks, picture: Picture, look: Look): Promise<FoundFace[]> {
  const { size = 416 } = look;
  return detectTiny(tiny, picture, { size, leastScore: FAINT, border: borderOf(look, picture) });
}

function borderOf({ border }: Look, { image }: Picture): number {
  return Math.round(Math.max(image.width, image.height) * border);
}

/** What of a box lies in the picture. */
export function clip({ x, y, width, height }: FaceBox, { image }: Picture): FaceBox {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  return {
    x: left,
    y: top,
    width: Math.max(1, Math.min(image.width, x + width) - left),
    height: Math.max(1, Math.min(image.height, y + height) - top),
  };
}
