import type { EmbeddingModel } from '../embed/model.js';
import { faceFault } from '../errors.js';
import { FIVE } from '../find/landmarks.js';
import { calibrationOf } from './calibration.js';
import type { EmbeddingManifest, PackManifest } from './manifest-schema.js';

/** Name and version, e.g. `mobilefacenet@b7120c09`: by its file where the pack has no version. */
export function modelName({ name, version, files }: PackManifest): string {
  return `${name}@${version ?? files[0]?.sha256.slice(0, 8)}`;
}

/** Has the pack what a threshold is read from? */
export function isCalibrated(manifest: PackManifest): boolean {
  return manifest.task === 'embedding'
    ? calibrationOf(manifest) !== undefined
    : manifest.calibration !== undefined;
}

/** @throws FACE_PACK_INVALID for a shape that is no picture */
export function inputOf({
  input,
}: PackManifest): EmbeddingModel['input'] & { width: number; height: number } {
  const { name, layout, shape, type, colour, mean, std } = input;
  const planar = layout === 'NCHW';
  const [batch, channels] = [shape[0], shape[planar ? 1 : 3]];
  const [height, width] = planar ? [shape[2], shape[3]] : [shape[1], shape[2]];
  if (
    channels !== 3 ||
    typeof height !== 'number' ||
    typeof width !== 'number' ||
    height > 512 ||
    width > 512
  ) {
    throw faceFault('PACK_INVALID', {
      details: { at: 'input.shape', problem: 'a picture of three colours, at most 512' },
    });
  }
  const factor = typeof input.scale === 'number' ? input.scale : input.scale.startsWith('v') ? 1 / 255 : 1;
  const at = { name, layout, type, colour, mean, std, scale: factor, width, height };
  return typeof batch === 'number' ? { ...at, batch } : at;
}

export function embeddingModelOf(manifest: EmbeddingManifest): EmbeddingModel {
  const { width, height, ...input } = inputOf(manifest);
  const { compare, name } = manifest.output;
  const calibration = calibrationOf(manifest);
  const loosest = calibration?.groups.flatMap(({ points }) => points.map(({ threshold }) => threshold)) ?? [];
  return {
    name: modelName(manifest),
    width,
    height,
    anchors: manifest.input.alignment.reference.map(([x, y], i) => ({ from: FIVE[i] ?? [], to: { x, y } })),
    input,
    output: name,
    compare,
    // The lowest threshold of all groups: frames seconds apart are far more alike than that.
    samePerson: Math.min(0.3, ...loosest),
    calibration,
  };
}
