#!/usr/bin/env node
// Scores of face-api's own pipeline for a list, beside which `face evaluate --scores face-api=FILE` puts ours:
//
//   node test/bench/face-api-scores.mjs LIST.csv [--card probe|reference|none] [--card-bytes N] [--detector ssd|tiny]
//     [--several refuse|foremost] [--most-pairs N] [--seed N] [--help-crops] > scores.csv
//
// The same pairs, and the very same simulated card photos (made in memory), go to detectSingleFace, landmarks and
// descriptor as @vladmandic/face-api ships them, on its WASM backend; the score is 1 - distance. A card photo gets the
// border of 64 light pixels that its detector needs; with --help-crops so does a photograph in which it finds nobody
// without one, as it does in most pictures that a face fills. Needs a build.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { makeCardPhoto } from '../../dist/face/evaluate/card-photo.js';
import { planEvaluation } from '../../dist/face/evaluate/plan.js';
import { readList } from '../../dist/face/evaluate/read-list.js';
import { findAny } from '../../dist/face/find/find-face.js';
import { loadNetworks } from '../../dist/face/networks.js';
import { openEngine } from '../../dist/face/onnx-driver.js';
import { ANY, decodePicture } from '../../dist/face/pixels/decode.js';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
const WEIGHTS = fileURLToPath(new URL('../../node_modules/@vladmandic/face-api/model', import.meta.url));
const MODELS = fileURLToPath(new URL('../../models', import.meta.url));
const BORDER = 64;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    card: { type: 'string', default: 'none' },
    'card-bytes': { type: 'string', default: '1700' },
    detector: { type: 'string', default: 'ssd' },
    several: { type: 'string', default: 'refuse' },
    'most-pairs': { type: 'string', default: '20000000' },
    seed: { type: 'string', default: '1' },
    'help-crops': { type: 'boolean', default: false },
  },
});
if (positionals.length !== 1) {
  process.stderr.write('face-api-scores.mjs LIST.csv [--card probe|reference|none] > scores.csv\n');
  process.exit(2);
}

await tf.setBackend('wasm');
await tf.ready();
const { ssdMobilenetv1, tinyFaceDetector, faceLandmark68Net, faceRecognitionNet } = faceapi.nets;
const detector = values.detector === 'tiny' ? tinyFaceDetector : ssdMobilenetv1;
for (const net of [detector, faceLandmark68Net, faceRecognitionNet]) await net.loadFromDisk(WEIGHTS);
const detection =
  values.detector === 'tiny' ? new faceapi.TinyFaceDetectorOptions() : new faceapi.SsdMobilenetv1Options();
const networks = await loadNetworks(await openEngine({ threads: 1 }), {
  modelsDirectory: MODELS,
  active: {},
});

/** What face-api says of a compressed picture: its descriptor, or undefined when it finds no face. */
async function describe(encoded, border) {
  let picture = sharp(encoded).autoOrient().flatten({ background: '#808080' }).toColourspace('srgb');
  if (border > 0) {
    picture = picture.extend({
      top: border,
      bottom: border,
      left: border,
      right: border,
      background: '#eef0f3',
    });
  }
  // The longer side as in our own decoder: neither sees more of a picture than the other.
  const large = await picture.raw().toBuffer({ resolveWithObject: true });
  const { data, info } = await sharp(large.data, { raw: large.info })
    .resize({ width: 1920, height: 1920, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const grey = info.channels === 1;
  const rgb = grey ? Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)]) : data;
  const image = tf.tensor3d(new Uint8Array(rgb), [info.height, info.width, 3], 'int32');
  try {
    const found = await faceapi.detectSingleFace(image, detection).withFaceLandmarks().withFaceDescriptor();
    return found?.descriptor;
  } finally {
    image.dispose();
  }
}

async function describeTemplate(bytes, isPhoto) {
  const bare = isPhoto ? await describe(bytes, 0) : undefined;
  return bare ?? (isPhoto && !values['help-crops'] ? undefined : describe(bytes, BORDER));
}

/** The bytes that a template is made of; undefined where no card photo can be made, or the picture is damaged. */
async function bytesOf({ sample, kind }, { samples }) {
  const encoded = await readFile(samples[sample].path);
  if (kind !== 'simulated-card') return encoded;
  const picture = await decodePicture({ encoded }, ANY);
  const { landmarks, faces } = await findAny(networks, picture);
  if (landmarks === undefined || (faces > 1 && values.several === 'refuse')) return undefined;
  return makeCardPhoto(picture, landmarks, Number(values['card-bytes']));
}

const list = await readList(positionals[0]);
const plan = planEvaluation(list, {
  card: values.card,
  mostPairs: Number(values['most-pairs']),
  seed: Number(values.seed),
});
const descriptors = [];
let none = 0;
for (const [i, template] of plan.templates.entries()) {
  const descriptor = await bytesOf(template, list)
    .then((bytes) => bytes && describeTemplate(bytes, template.kind === 'photo'))
    .catch(() => undefined);
  if (descriptor === undefined) none++;
  descriptors.push(descriptor);
  if (i % 50 === 49) process.stderr.write(`${i + 1} of ${plan.templates.length} pictures\n`);
}
process.stderr.write(`${plan.templates.length} pictures, ${none} without a face that face-api finds\n`);

const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const nameOf = (template) => quoted(list.samples[plan.templates[template].sample].file);
let lines = ['probe,reference,genuine,score,group'];
const flush = () => {
  process.stdout.write(`${lines.join('\n')}\n`);
  lines = [];
};
for (const unit of plan.units) {
  unit.walk((probe, reference, genuine, group) => {
    const [a, b] = [descriptors[probe], descriptors[reference]];
    if (a === undefined || b === undefined) return;
    const score = 1 - Math.hypot(...a.map((value, i) => value - b[i]));
    const row = [
      nameOf(probe),
      nameOf(reference),
      genuine ? 1 : 0,
      score.toFixed(6),
      quoted(list.groups[group]),
    ];
    lines.push(row.join(','));
    if (lines.length === 10_000) flush();
  });
}
if (lines.length > 0) flush();
