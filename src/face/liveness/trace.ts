import type { FaceBox, Point } from '../../domain/face.js';
import type { Landmarks } from '../find/landmarks.js';
import type { Picture } from '../pixels/picture.js';
import { type FacePatch, patchOf } from './face-patch.js';

/** What is remembered of one live frame, to judge motion by. Wiped with the person. */
export interface Trace {
  readonly atMs: number;
  /** In pixels of the whole frame. */
  readonly box: FaceBox;
  readonly landmarks: readonly Point[];
  readonly yaw: number;
  readonly pitch: number;
  /** The frame at a quarter of its size or so, luma. */
  readonly thumb: Thumb;
  /** Of the thumb's own pixels, before they became grey: equal only when nothing moved at all, noise included. */
  readonly hash: number;
  readonly patch: FacePatch;
}

export interface Thumb {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
  /** Thumb pixels to frame pixels. */
  readonly scale: number;
}

const THUMB_SIDE = 160;

export function traceOf(
  picture: Picture,
  seen: { box: FaceBox; landmarks: Landmarks; yaw: number; pitch: number; atMs: number },
): Trace {
  const { width } = picture.image;
  const scale = 2 ** Math.max(0, Math.round(Math.log2(width / THUMB_SIDE)));
  const small = picture.reduced(scale);
  const luma = new Uint8Array(small.width * small.height);
  let hash = 0x811c9dc5;
  for (let i = 0, p = 0; i < luma.length; i++, p += 3) {
    const r = small.rgb[p] as number;
    const g = small.rgb[p + 1] as number;
    const b = small.rgb[p + 2] as number;
    luma[i] = (r * 77 + g * 150 + b * 29) >> 8;
    // FNV-1a over the three bytes at once: told apart are frames, not adversaries.
    hash = Math.imul(hash ^ (r | (g << 8) | (b << 16)), 0x01000193);
  }
  return {
    ...seen,
    thumb: { width: small.width, height: small.height, luma, scale },
    hash,
    patch: patchOf(picture, seen.landmarks),
  };
}

export function wipeTrace({ thumb, landmarks, patch }: Trace): void {
  thumb.luma.fill(0);
  (landmarks as Point[]).length = 0;
  patch.luma.fill(0);
  (patch.landmarks as Point[]).length = 0;
}
