import { type Landmarks, meanOf } from '../find/landmarks.js';
import type { Picture } from '../pixels/picture.js';
import { fitSimilarity } from '../pixels/similarity.js';
import { warp } from '../pixels/warp.js';
import type { EmbeddingModel } from './model.js';

type Frame = Pick<EmbeddingModel, 'anchors' | 'width' | 'height'>;

/** Cuts the face out as the model wants it: interleaved RGB, `width * height * 3` bytes. */
export function alignFace(
  picture: Picture,
  landmarks: Landmarks,
  { anchors, width, height }: Frame,
): Uint8Array {
  const here = anchors.map(({ from }) => meanOf(landmarks, from));
  const there = anchors.map(({ to }) => to);
  const chip = new Uint8Array(width * height * 3);
  warp(picture, fitSimilarity(there, here), { width, height, outside: 'edge' }, chip);
  return chip;
}
