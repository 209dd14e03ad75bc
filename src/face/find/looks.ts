import type { FaceSquare } from './landmarks.js';

/** One way to let a detector look at a picture. */
export interface Look {
  /** Longer side of what the fast detector sees; the thorough one has its own. */
  readonly size?: number;
  /** Light frame around the picture, in parts of its longer side. */
  readonly border: number;
  /** Scores from here on are a face without further proof. */
  readonly clear: number;
}

/** How a still picture of some kind is searched for the face that it is of. */
export interface Search {
  /** With the fast detector, in this order. */
  readonly fast: readonly Look[];
  /** With the thorough one, where all else fails. */
  readonly thorough: readonly Look[];
  /** Where faces lie in such pictures by the rules they are made by. */
  readonly places: (size: { readonly width: number; readonly height: number }) => readonly FaceSquare[];
  /** Places are looked at before any detector. */
  readonly placesFirst: boolean;
}

/**
 * Measured on real faces (28 people, 17 crops and damages of each, and 108 small ones): no single look finds more than
 * four in five. Small ones are found with a border that makes the face a third of what the detector sees, large
 * pictures without one; blurred, dark and grey ones only faintly.
 */
const WIDE: Look = { size: 256, border: 0.5, clear: 0.5 };
const NARROW: Look = { size: 192, border: 0.3, clear: 0.5 };
const BARE: Look = { size: 416, border: 0, clear: 0.5 };
const FINE: Look = { size: 416, border: 0.5, clear: 0.5 };

const THOROUGH: readonly Look[] = [
  { border: 0, clear: 0.5 },
  { border: 0.3, clear: 0.35 },
  { border: 0.8, clear: 0.35 },
];

/** A photograph as people take it. */
export const PHOTOGRAPH: Search = {
  fast: [BARE, WIDE, NARROW, FINE],
  thorough: THOROUGH,
  places: () => [],
  placesFirst: false,
};

/** A face cut out of a photograph, as in data sets: it fills much of the picture, and lies in its middle. */
export const CROP: Search = {
  fast: [WIDE, NARROW, FINE, BARE],
  thorough: THOROUGH,
  places: ({ width, height }) => {
    if (Math.abs(width / height - 1) > 0.15) return [];
    const side = Math.max(width, height);
    const at = (down: number, part: number): FaceSquare => ({
      centre: { x: width / 2, y: height * down },
      side: side * part,
      roll: 0,
    });
    // Aligned by five points to 112x112 (eyes 35 apart), and cut around a detector's box with a margin.
    return [at(0.68, 0.94), at(0.55, 0.65), at(0.55, 0.5)];
  },
  placesFirst: false,
};

/**
 * The photo of an ID card. On a resident card the rules for such photos (GA/T 461: head about 58 of 102 pixels wide)
 * say where the face is, and looking there is as good as with a detector.
 */
export const CARD: Search = {
  fast: [WIDE, NARROW, FINE].map((look) => ({ ...look, clear: 0.35 })),
  thorough: [{ border: 0.5, clear: 0.35 }],
  places: ({ width, height }) => {
    if (Math.abs(width / height - 102 / 126) > 0.06) return [];
    const eyes = 0.26 * width;
    return [{ centre: { x: width / 2, y: 0.4 * height + 0.69 * eyes }, side: 2.98 * eyes, roll: 0 }];
  },
  placesFirst: false,
};
