/** How a person stands before the camera. Angles in degrees, places in pixels of a 640x480 picture. */
export interface Pose {
  /** Positive: turned to the person's own left (the right of the picture). */
  readonly yaw: number;
  /** Positive: looking up. */
  readonly pitch: number;
  /** Positive: leaning clockwise in the picture. */
  readonly roll: number;
  /** 0 open to 1 closed: both eyes, or each as it stands in the picture. */
  readonly blink: number | { readonly left: number; readonly right: number };
  /** Away from the middle of the picture. */
  readonly offset: { readonly x: number; readonly y: number };
  /** 1: eyes about 85 pixels apart. */
  readonly scale: number;
  /** Chest lifted by breath, -1 to 1. */
  readonly breath: number;
}

export const AT_EASE: Pose = {
  yaw: 0,
  pitch: 0,
  roll: 0,
  blink: 0,
  offset: { x: 0, y: 0 },
  scale: 1,
  breath: 0,
};
