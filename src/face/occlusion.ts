/**
 * Whether something lies over the face, after the occlusion measures of ISO/IEC 29794-5 as far as colour and light of a
 * few places tell it. On an aligned face whose eyes are at (13, 17) and (49, 17), in pixels.
 */
interface Place {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Between the eyes: skin above any mask, and between any two glasses. */
const BRIDGE: Place = { left: 26, right: 36, top: 18, bottom: 25 };
/** Tip of the nose and what is beside it: below glasses, above beards, under every mask. */
const NOSE: Place = { left: 17, right: 45, top: 34, bottom: 42 };
const EYES = [
  { left: 4, right: 22, top: 11, bottom: 23 },
  { left: 40, right: 58, top: 11, bottom: 23 },
] as const;
/** Of the skin's luma; darker is an iris, a lash or a rim, or a dark glass. */
const DARK = 0.42;
/** A loss of light says less than one of colour: a shadow is one too. Natural logarithms of both. */
const LIGHT_COUNTS = 0.25;

export interface Occlusion {
  /** How much less warm (logarithm of red to blue) the nose is than the skin between the eyes, or how much darker. */
  readonly noseCovered: number;
  /** Dark share of the surroundings of the eye that has less of it, 0..1. */
  readonly eyesCovered: number;
}

/** `face`: interleaved RGB, `width` pixels in a row. */
export function measureOcclusion(face: Uint8Array, width: number): Occlusion {
  const bridge = toneOf(face, width, BRIDGE);
  const nose = toneOf(face, width, NOSE);
  const below = DARK * Math.max(bridge.luma, nose.luma);
  const darker = LIGHT_COUNTS * Math.log((bridge.luma + 1) / (nose.luma + 1));
  const [one, other] = EYES.map((eye) => {
    const { luma } = valuesOf(face, width, eye);
    return luma.filter((value) => value < below).length / luma.length;
  }) as [number, number];
  return { noseCovered: Math.max(bridge.warmth - nose.warmth, darker), eyesCovered: Math.min(one, other) };
}

interface Values {
  readonly red: Uint8Array;
  readonly blue: Uint8Array;
  /** Rec. 601, 0..255. */
  readonly luma: Float32Array;
}

/** Medians, so that a rim or a nostril does not count. */
function toneOf(face: Uint8Array, width: number, place: Place): { warmth: number; luma: number } {
  const { red, blue, luma } = valuesOf(face, width, place);
  // A few levels more, so that noise in the dark is no colour.
  return { warmth: Math.log((medianOf(red) + 8) / (medianOf(blue) + 8)), luma: medianOf(luma) };
}

function valuesOf(face: Uint8Array, width: number, { left, right, top, bottom }: Place): Values {
  const count = (right - left) * (bottom - top);
  const red = new Uint8Array(count);
  const blue = new Uint8Array(count);
  const luma = new Float32Array(count);
  let to = 0;
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * 3; at < (y * width + right) * 3; at += 3, to++) {
      red[to] = face[at] as number;
      blue[to] = face[at + 2] as number;
      luma[to] =
        0.299 * (face[at] as number) + 0.587 * (face[at + 1] as number) + 0.114 * (face[at + 2] as number);
    }
  }
  return { red, blue, luma };
}

/** Sorts in place. */
function medianOf(values: Uint8Array | Float32Array): number {
  return values.sort()[values.length >> 1] ?? 0;
}
