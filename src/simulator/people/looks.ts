/**
 * What an invented face looks like, as numbers: lengths in centimetres (x from the middle of the face, y down from the
 * line of the eyes), the rest as shares. The ranges are those within which a face still looks like one.
 */
export const LOOKS = {
  faceWidth: [0.92, 1.1],
  faceLength: [0.92, 1.1],
  jawWidth: [0.88, 1.16],
  chinWidth: [0.78, 1.3],
  chinDepth: [0, 1.3],
  cheekbones: [0.93, 1.07],
  cheekFullness: [0, 1],
  eyeX: [2.8, 3.5],
  eyeY: [-0.4, 0.4],
  eyeWidth: [1.3, 1.75],
  eyeHeight: [0.44, 0.8],
  eyeTilt: [-0.2, 0.3],
  lidFold: [0, 1],
  eyeDepth: [0.2, 1.2],
  iris: [0, 1],
  browY: [-2.6, -1.5],
  browThickness: [0.15, 0.65],
  browArch: [-0.1, 0.6],
  browTilt: [-0.3, 0.45],
  browLength: [1.5, 2.5],
  browStrength: [0.5, 1],
  browRidge: [0, 0.9],
  noseWidth: [1.2, 2.1],
  noseLength: [3.6, 5.1],
  noseProjection: [1.5, 3.1],
  noseBridge: [0.2, 1.4],
  mouthY: [6.3, 7.7],
  mouthWidth: [2.1, 3],
  upperLip: [0.2, 0.8],
  lowerLip: [0.35, 1.05],
  lipTone: [0, 1],
  mouthCorner: [-0.08, 0.32],
  skin: [0, 1],
  warmth: [0, 1],
  blush: [0, 1],
  age: [0, 1],
  bags: [0, 1],
  hairTone: [0, 1],
  hairGrey: [0, 1],
  hairline: [5, 9.4],
  temples: [2.5, 6],
  fringe: [0, 1],
  parting: [-1, 1],
  hairVolume: [0.2, 2],
  hairLength: [0, 1],
  beard: [0, 1],
  moustache: [0, 1],
  stubble: [0, 1],
  glasses: [0, 1],
  glassesRound: [0, 1],
  glassesWidth: [2.2, 3.1],
  glassesHeight: [1.5, 2.3],
  glassesTone: [0, 1],
  moleX: [-5, 5],
  moleY: [1.6, 9],
  moleSize: [0, 0.28],
  cloth: [0, 1],
  clothHue: [0, 360],
  clothLight: [16, 66],
  shoulders: [0.85, 1.1],
} as const satisfies Record<string, readonly [number, number]>;

export type LookName = keyof typeof LOOKS;
export type Looks = Readonly<Record<LookName, number>>;

/** What people wear over their faces. */
export const WEARABLES = ['blue-mask', 'white-mask', 'black-mask', 'sunglasses'] as const;
export type Wearable = (typeof WEARABLES)[number];

/** One invented person. Nobody of this look and name is known to exist; the parameters came from `scripts/find-cast`. */
export interface Person {
  /** Short and of plain letters: for files and commands. */
  readonly id: string;
  readonly name: string;
  readonly sex: 'male' | 'female';
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  /** First two digits of the number: the province in which it was given. */
  readonly province: string;
  readonly looks: Looks;
  readonly wears?: Wearable;
}
