import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EmbeddingModel } from '../embed/model.js';
import { faceFault } from '../errors.js';
import { FIVE } from '../find/landmarks.js';
import { readChecked } from '../network-files.js';

const POINTS = ['leftEye', 'rightEye', 'noseTip', 'leftMouthCorner', 'rightMouthCorner'] as const;
const three = z.array(z.number()).length(3);

/** What is needed of a pack's manifest to run its embedding. */
const manifestSchema = z.object({
  name: z.string().regex(/^[\w.-]{1,64}$/),
  version: z.union([z.string(), z.number()]).optional(),
  task: z.literal('embedding'),
  files: z.array(z.object({ path: z.string().regex(/^[\w.-]+$/), sha256: z.string().length(64) })).length(1),
  input: z.object({
    name: z.string(),
    layout: z.enum(['NCHW', 'NHWC']),
    shape: z.array(z.union([z.number(), z.string()])).length(4),
    type: z.enum(['float32', 'uint8']),
    colour: z.enum(['RGB', 'BGR']),
    scale: z.union([z.number(), z.string()]),
    mean: three.default([0, 0, 0]),
    std: three.default([1, 1, 1]),
    alignment: z.object({
      points: z.array(z.enum(POINTS)).min(2),
      reference: z.array(z.tuple([z.number(), z.number()])),
    }),
  }),
  output: z.object({ name: z.string(), compare: z.enum(['cosine', 'euclidean']) }),
});

export interface PackModel {
  readonly model: EmbeddingModel;
  readonly network: Uint8Array;
  readonly sha256: string;
}

/** Reads the embedding of a model pack from its directory. @throws FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM */
export async function readPackModel(directory: string): Promise<PackModel> {
  const { name, version, files, input, output } = await readManifest(directory);
  const { layout, shape, alignment, scale, mean, std, type, colour } = input;
  const [batch] = shape;
  const [height, width] = layout === 'NCHW' ? shape.slice(2) : shape.slice(1, 3);
  const [file] = files as [{ path: string; sha256: string }];
  const model: EmbeddingModel = {
    name: `${name}@${version ?? file.sha256.slice(0, 8)}`,
    width: Number(width),
    height: Number(height),
    anchors: alignment.points.map((point, i) => {
      const [x, y] = alignment.reference[i] as [number, number];
      return { from: FIVE[POINTS.indexOf(point)] as readonly number[], to: { x, y } };
    }),
    input: {
      name: input.name,
      layout,
      type,
      colour,
      // Manifests say it in words as well: "v/255, then (v - mean)/std".
      scale: typeof scale === 'number' ? scale : scale.startsWith('v/255') ? 1 / 255 : 1,
      mean,
      std,
      ...(typeof batch === 'number' ? { batch } : {}),
    },
    output: output.name,
    compare: output.compare,
    samePerson: Number.NEGATIVE_INFINITY,
    calibration: undefined,
  };
  const network = await readChecked(join(directory, file.path), file.sha256, name);
  return { model, network, sha256: file.sha256 };
}

async function readManifest(directory: string): Promise<z.infer<typeof manifestSchema>> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause).slice(0, 200) : 'no manifest';
    throw faceFault('MODEL_MISSING', { cause, details: { pack: directory, problem } });
  }
}
