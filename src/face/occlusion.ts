/**
 * Whether something lies over the face, after the occlusion measures of ISO/IEC 29794-5 as far as colour and light of a
 * few places tell it. On an aligned face whose eyes are at (38, 46) and (74, 46), in pixels.
 */
interface Place {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Between the eyes: skin above any mask, and between any two glasses. */
const BRIDGE: Place = { left: 51, right: 61, top: 47, bottom: 54 };
/** Tip of the nose and what is beside it: below glasses, above beards, under every mask. */
const NOSE: Place = { left: 42, right: 70, top: 63, bottom: 71 };
const EYES = [
  { left: 29, right: 47, top: 40, bottom: 52 },
  { left: 65, right: 83, top: 40, bottom: 52 },
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
    const values = valuesOf(face, width, eye).map(lumaOf);
    return values.filter((luma) => luma < below).length / values.length;
  }) as [number, number];
  return { noseCovered: Math.max(bridge.warmth - nose.warmth, darker), eyesCovered: Math.min(one, other) };
}

type Rgb = readonly [number, number, number];

/** Medians, so that a rim or a nostril does not count. */
function toneOf(face: Uint8Array, width: number, place: Place): { warmth: number; luma: number } {
  const values = valuesOf(face, width, place);
  const [red, , blue] = [0, 1, 2].map((c) => median(values.map((rgb) => rgb[c] as number))) as [
    number,
    number,
    number,
  ];
  // A few levels more, so that noise in the dark is no colour.
  return { warmth: Math.log((red + 8) / (blue + 8)), luma: median(values.map(lumaOf)) };
}

function valuesOf(face: Uint8Array, width: number, { left, right, top, bottom }: Place): Rgb[] {
  const found: Rgb[] = [];
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * 3; at < (y * width + right) * 3; at += 3) {
      found.push([face[at] as number, face[at + 1] as number, face[at + 2] as number]);
    }
  }
  return found;
}

const lumaOf = ([red, green, blue]: Rgb): number => 0.299 * red + 0.587 * green + 0.114 * blue;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
