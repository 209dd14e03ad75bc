import { along, type Colour, darken, mix } from './colour.js';
import type { Looks } from './looks.js';

/** Colours of one person. */
export interface Tones {
  readonly skin: Colour;
  readonly shade: Colour;
  readonly lip: Colour;
  readonly hair: Colour;
  readonly brow: Colour;
}

export function tonesOf(looks: Looks): Tones {
  const bare = along(
    [
      [246, 216, 194],
      [234, 194, 163],
      [212, 164, 129],
      [178, 128, 94],
    ],
    looks.skin,
  );
  const cast: Colour = looks.warmth < 0.5 ? [255, 205, 190] : [225, 190, 120];
  const skin = mix(bare, cast, Math.abs(looks.warmth - 0.5) * 0.3);
  const young = along(
    [
      [16, 14, 16],
      [40, 27, 22],
      [82, 54, 36],
    ],
    looks.hairTone,
  );
  return {
    skin,
    shade: mix(darken(skin, 0.55), [110, 40, 25], 0.35),
    lip: mix(mix(skin, [186, 84, 80], 0.55), [168, 40, 52], looks.lipTone * 0.7),
    hair: mix(young, [205, 205, 205], looks.hairGrey),
    brow: mix(mix(young, [120, 116, 112], looks.hairGrey * 0.7), skin, 0.12),
  };
}
