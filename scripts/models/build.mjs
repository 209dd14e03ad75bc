// Builds the networks of models/manifest.json: source files → weights → ONNX file, each written as a whole or not at all.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFaceRecognition } from './face-recognition.mjs';
import { ModelFault } from './fault.mjs';
import { convertGraphModel } from './graph-model.mjs';
import { buildLandmarks68 } from './landmarks-68.mjs';
import { readSources, sha256 } from './source.mjs';
import { buildSsdMobilenet } from './ssd-mobilenet.mjs';
import { buildTinyFaceDetector } from './tiny-face-detector.mjs';
import { readWeights } from './weights.mjs';

// face-api ships weights without a graph: the graph of each is ours.
const GRAPHS = {
  'tiny-face-detector': buildTinyFaceDetector,
  'ssd-mobilenet': buildSsdMobilenet,
  'landmarks-68': buildLandmarks68,
  'face-recognition': buildFaceRecognition,
};

export async function readManifest(root) {
  return JSON.parse(await readFile(join(root, 'models/manifest.json'), 'utf8'));
}

/**
 * @param {{root: string, only?: string, say?: (line: string) => void}} settings `root`: the project's directory;
 *   `only`: the id of one network; `say`: takes lines of progress
 * @throws {ModelFault}
 */
export async function buildModels({ root, only, say = () => {} }) {
  const { networks } = await readManifest(root);
  const chosen = networks.filter(({ id }) => only === undefined || id === only);
  if (chosen.length === 0) {
    throw new ModelFault(
      `There is no network ${only}.`,
      `Known are: ${networks.map(({ id }) => id).join(', ')}.`,
    );
  }
  const directory = join(root, 'models/build');
  await mkdir(directory, { recursive: true });
  const built = await readBuilt(directory);
  for (const network of chosen) {
    const started = performance.now();
    const bytes = await buildModel(root, network);
    const changed = await writeWhole(join(directory, network.output), bytes);
    built[network.id] = { file: network.output, sha256: sha256(bytes), bytes: bytes.length };
    const what = `${(bytes.length / 1e6).toFixed(1)} MB${changed ? '' : ', unchanged'}`;
    say(`${network.id}: ${what} (${Math.round(performance.now() - started)} ms)`);
  }
  // Only networks that the manifest names, in its order.
  const listed = networks.flatMap(({ id }) => (built[id] ? [[id, built[id]]] : []));
  const text = `${JSON.stringify({ networks: Object.fromEntries(listed) }, null, 2)}\n`;
  await writeWhole(join(directory, 'manifest.json'), Buffer.from(text));
}

/** The ONNX file of one network, as bytes. */
export async function buildModel(root, network) {
  const [list, bytes] = await readSources(root, network);
  const text = JSON.parse(list.toString('utf8'));
  const specs = (text.weightsManifest ?? text).flatMap((group) => group.weights);
  const weights = readWeights(network.id, specs, bytes);
  // human ships graphs with its weights, face-api does not.
  const graph = text.modelTopology
    ? convertGraphModel(network, text.modelTopology, weights)
    : GRAPHS[network.id](weights);
  return graph.encode({ source: `npm:${network.package.name}`, licence: network.licence });
}

async function readBuilt(directory) {
  const text = await readFile(join(directory, 'manifest.json'), 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text).networks ?? {};
  } catch {
    return {};
  }
}

/** Writes beside the file and renames; a file that is right already stays untouched. Tells whether it wrote. */
async function writeWhole(path, bytes) {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(bytes)) return false;
  const beside = `${path}.${process.pid}.part`;
  await writeFile(beside, bytes);
  await rename(beside, path);
  return true;
}
