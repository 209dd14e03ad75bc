import type { FoundFace } from './overlap.js';

/** A second face counts from this part of the foremost one's width, and of its certainty. */
const COUNTED = 0.5;
/** What a face at the rim of a still picture weighs beside one in its middle. */
const AT_THE_RIM = 0.25;

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface People {
  readonly foremost: FoundFace;
  /** Others that the picture could be of as well. */
  readonly rivals: readonly FoundFace[];
}

/** In front of a camera everybody near it counts, wherever they stand. */
export function peopleInFront(found: readonly FoundFace[]): People | undefined {
  return choose(found, ({ box, score }) => box.width * box.height * score, 0);
}

/**
 * A photograph is of whom it has in its middle: somebody cut off at its rim, as pictures of data sets are full of, is
 * no rival. Two side by side are.
 */
export function peopleOfStill(found: readonly FoundFace[], size: Size): People | undefined {
  const weigh = ({ box, score }: FoundFace): number => {
    const offX = Math.abs((box.x + box.width / 2) / size.width - 0.5) * 2;
    const offY = Math.abs((box.y + box.height / 2) / size.height - 0.5) * 2;
    const off = Math.min(1, Math.max(offX, offY));
    return box.width * box.height * score * (1 - (1 - AT_THE_RIM) * off);
  };
  return choose(found, weigh, COUNTED);
}

function choose(
  found: readonly FoundFace[],
  weigh: (face: FoundFace) => number,
  leastWeight: number,
): People | undefined {
  let foremost: FoundFace | undefined;
  let most = 0;
  for (const face of found) {
    const weight = weigh(face);
    if (weight > most) [foremost, most] = [face, weight];
  }
  if (foremost === undefined) return undefined;
  const { box, score } = foremost;
  const rivals = found.filter(
    (face) =>
      face !== foremost &&
      face.box.width >= box.width * COUNTED &&
      face.score >= score * COUNTED &&
      weigh(face) >= most * leastWeight,
  );
  return { foremost, rivals };
}
