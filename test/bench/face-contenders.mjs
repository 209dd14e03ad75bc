// Whoever compares two pictures in the bench of the face: each as its package ships it, all in this machine's Node.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sharp from 'sharp';

const ROOT = new URL('../../', import.meta.url);
const PACKAGES = new URL('node_modules/@vladmandic/', ROOT).pathname;
const require = createRequire(import.meta.url);

/** Name → makes a contender: `compare(probe JPEG, card JPEG)` resolves with its own score, `close` ends it. */
export const CONTENDERS = {
  countersign,
  'face-api, default (SSD)': () => faceApi('ssd'),
  'face-api, tiny': () => faceApi('tiny'),
  human,
};

async function countersign() {
  const { openFace } = await import(new URL('dist/face/open-face.js', ROOT).href);
  const face = await openFace({
    engine: 'onnx',
    engines: {
      onnx: new URL('dist/face/onnx-driver.js', ROOT),
      tfjs: new URL('dist/face/tfjs-driver.js', ROOT),
    },
    modelsDirectory: new URL('models', ROOT).pathname,
  });
  return {
    async compare(probe, card) {
      const session = await face.begin({ targetFmr: 0.01, liveness: 'off', challenges: [], frames: 1 });
      // In the order of a visit, card first. Answers come in order too, so that nothing waits for them in between.
      const [reference, seen, comparison] = await Promise.all([
        session.reference({ encoded: card }, 'card'),
        session.probe({ jpeg: probe, index: 0, takenAtMs: 0 }),
        session.compare(),
      ]);
      await session.end();
      if (comparison === undefined) throw new Error(`no comparison: ${seen.guidance} ${reference.guidance}`);
      return comparison.score;
    },
    close: () => face.close(),
  };
}

function tensorFlow() {
  const tf = require('@tensorflow/tfjs');
  require('@tensorflow/tfjs-backend-wasm');
  return tf;
}

async function faceApi(detector) {
  const tf = tensorFlow();
  await tf.setBackend('wasm');
  await tf.ready();
  const api = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const { nets } = api;
  const used = [nets.faceLandmark68Net, nets.faceRecognitionNet];
  used.push(detector === 'ssd' ? nets.ssdMobilenetv1 : nets.tinyFaceDetector);
  for (const net of used) await net.loadFromDisk(`${PACKAGES}face-api/model`);
  const options =
    detector === 'ssd'
      ? new api.SsdMobilenetv1Options()
      : new api.TinyFaceDetectorOptions({ inputSize: 416 });
  const describe = async (jpeg, border) => {
    const tensor = await tensorOf(tf, jpeg, border);
    const found = await api.detectSingleFace(tensor, options).withFaceLandmarks().withFaceDescriptor();
    tensor.dispose();
    if (found === undefined) throw new Error('face-api found no face');
    return found.descriptor;
  };
  return {
    // Without a border it finds few card photos; adding one costs it nothing to speak of.
    compare: async (probe, card) =>
      1 - api.euclideanDistance(await describe(probe, 0), await describe(card, 64)),
    close: () => {},
  };
}

/** human fetches its networks, and Node's fetch knows no files. */
function fetchFiles() {
  const { fetch } = globalThis;
  globalThis.fetch = async (url, options) =>
    String(url).startsWith('file:') ? new Response(await readFile(new URL(url))) : fetch(url, options);
}

async function human() {
  fetchFiles();
  const tf = tensorFlow();
  await tf.setBackend('wasm');
  await tf.ready();
  const { Human } = require(`${PACKAGES}human/dist/human.node-wasm.js`);
  const off = { enabled: false };
  const instance = new Human({
    backend: 'wasm',
    modelBasePath: `file://${PACKAGES}human/models/`,
    debug: false,
    cacheSensitivity: 0,
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    face: {
      enabled: true,
      emotion: off,
      iris: off,
      antispoof: off,
      liveness: off,
      description: { enabled: true },
    },
  });
  const describe = async (jpeg, border) => {
    const tensor = await tensorOf(tf, jpeg, border);
    const { face } = await instance.detect(tensor);
    tensor.dispose();
    if (face[0]?.embedding === undefined) throw new Error('human found no face');
    return face[0].embedding;
  };
  return {
    compare: async (probe, card) =>
      instance.match.similarity(await describe(probe, 0), await describe(card, 64)),
    close: () => {},
  };
}

async function tensorOf(tf, jpeg, border) {
  let picture = sharp(jpeg);
  if (border > 0) {
    const sides = { top: border, bottom: border, left: border, right: border };
    picture = picture.extend({ ...sides, background: '#e6e6e6' });
  }
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return tf.tensor3d(new Uint8Array(data), [info.height, info.width, 3], 'int32');
}
