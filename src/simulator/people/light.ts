/** Light of a scene. */
export interface Light {
  /** 1 is a well lit shop; 0.5 dim, 1.4 glaring. */
  readonly brightness: number;
  /** -1 from the picture's left to 1 from its right. */
  readonly side: number;
  /** 0 all from one lamp to 1 from everywhere. */
  readonly softness: number;
  /** -1 bluish to 1 yellowish. */
  readonly warmth: number;
  /** Of a lamp beside the camera, which lights what is near and not the room: 0.2 makes a face a fifth brighter. */
  readonly flash?: number;
}

export const SHOP_LIGHT: Light = { brightness: 1, side: -0.35, softness: 0.55, warmth: 0.1 };
export const STUDIO_LIGHT: Light = { brightness: 1.04, side: 0, softness: 0.72, warmth: 0 };

/** How bright a surface is that faces (x, y, z), by half-Lambert: no hard edge between light and shadow. */
export interface Lamp {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly ambient: number;
  readonly direct: number;
  /** Comes from the camera. */
  readonly front: number;
}

export function lampOf(light: Light): Lamp {
  const direction = [0.75 * light.side, -0.52, 0.8];
  const length = Math.hypot(...direction);
  const [x = 0, y = 0, z = 0] = direction.map((part) => part / length);
  const direct = 0.78 - 0.42 * light.softness;
  return {
    x,
    y,
    z,
    ambient: (1.0 - direct) * light.brightness,
    direct: direct * light.brightness,
    front: light.flash ?? 0,
  };
}

/** What each colour channel is multiplied with. */
export function tintOf({ warmth }: Light): readonly [number, number, number] {
  return [1 + 0.06 * warmth, 1, 1 - 0.08 * warmth];
}
