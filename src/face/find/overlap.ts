import type { FaceBox } from '../../domain/face.js';

/** A face as a detector sees it; `score` 0..1. */
export interface FoundFace {
  readonly box: FaceBox;
  readonly score: number;
}

/** Intersection over union of two boxes, 0..1. */
export function overlap(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Keeps the best of faces that overlap by more than `most`; best first (non-maximum suppression). */
export function keepBest(faces: readonly FoundFace[], most: number): FoundFace[] {
  const kept: FoundFace[] = [];
  for (const face of [...faces].sort((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => overlap(box, face.box) <= most)) kept.push(face);
  }
  return kept;
}
