import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { GraphModel, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { Picture } from './model-pictures.js';

/** The network as its package runs it: results by the names that models/manifest.json gives them. */
export type Original = (picture: Picture) => Record<string, Float32Array>;

/** What we use of face-api, which brings no types that fit our compiler. */
interface FaceApi {
  NetInput: new (inputs: Tensor[]) => object;
  nets: {
    tinyFaceDetector: Net & {
      anchors: { x: number; y: number }[];
      params: object;
      runMobilenet(x: Tensor4D, params: object): Tensor4D;
    };
    ssdMobilenetv1: Net & { forwardInput(input: object): { boxes: Tensor[]; scores: Tensor[] } };
    faceLandmark68Net: Net & { runNet(input: object): Tensor2D };
    faceRecognitionNet: Net & { forwardInput(input: object): Tensor2D };
  };
}
interface Net {
  loadFromDisk(directory: string): Promise<void>;
}

// Both packages must meet the same TensorFlow.js; face-api calls for it by require.
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof import('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi;
const PACKAGES = new URL('../../node_modules/@vladmandic/', import.meta.url).pathname;

const TINY_MEAN = [117.001, 114.697, 97.404];

const floats = (tensor: Tensor | undefined): Float32Array => {
  if (tensor === undefined) throw new Error('the original gave no such result');
  return tensor.dataSync() as Float32Array;
};
const tensorOf = ({ pixels, height, width }: Picture) =>
  tf.tensor4d(Float32Array.from(pixels), [1, height, width, 3]);
const inputOf = (picture: Picture) => new faceapi.NetInput([tensorOf(picture)]);
const joined = (...parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

/** Starts TensorFlow.js on its WASM backend and loads the weights just as the packages ship them. */
export async function loadOriginals(): Promise<Record<string, Original>> {
  await tf.setBackend('wasm');
  const { nets } = faceapi;
  const used = [nets.tinyFaceDetector, nets.ssdMobilenetv1, nets.faceLandmark68Net, nets.faceRecognitionNet];
  for (const net of used) await net.loadFromDisk(`${PACKAGES}face-api/model`);
  const originals: Record<string, Original> = {
    // Not forwardInput, which makes every picture a square.
    'tiny-face-detector': (picture) => {
      const x = tf.div(tf.sub(tensorOf(picture), tf.tensor1d(TINY_MEAN)), 255);
      return {
        grid: floats(nets.tinyFaceDetector.runMobilenet(x as Tensor4D, nets.tinyFaceDetector.params)),
      };
    },
    'ssd-mobilenet': (picture) => {
      const { boxes, scores } = nets.ssdMobilenetv1.forwardInput(inputOf(picture));
      return { boxes: floats(boxes[0]), scores: floats(scores[0]) };
    },
    'landmarks-68': (picture) => ({ points: floats(nets.faceLandmark68Net.runNet(inputOf(picture))) }),
    'face-recognition': (picture) => ({
      embedding: floats(nets.faceRecognitionNet.forwardInput(inputOf(picture))),
    }),
    ...(await loadGraphModels()),
  };
  // What a run makes besides its results is given back at once.
  return Object.fromEntries(
    Object.entries(originals).map(([id, run]) => [id, (picture) => scoped(() => run(picture))]),
  );
}

function scoped<T>(run: () => T): T {
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
  }
}

async function loadGraphModels(): Promise<Record<string, Original>> {
  const [blazeface, facemesh, iris] = (await Promise.all(
    ['blazeface', 'facemesh', 'iris'].map(loadGraphModel),
  )) as [GraphModel, GraphModel, GraphModel];
  const shared = (picture: Picture) => tf.div(tensorOf(picture), 255);
  return {
    blazeface: (picture) => {
      const x = tf.sub(tf.div(tensorOf(picture), 127.5), 1);
      const results = execute(blazeface, x, ['Identity_2', 'Identity_3', 'Identity', 'Identity_1']);
      return { boxes: joined(...results.slice(0, 2)), scores: joined(...results.slice(2)) };
    },
    facemesh: (picture) => {
      const [mesh, flag] = execute(facemesh, shared(picture), ['Identity_2', 'Identity_1']);
      return { mesh, flag } as Record<string, Float32Array>;
    },
    iris: (picture) => {
      const [points] = execute(iris, shared(picture), ['Identity']);
      return { points } as Record<string, Float32Array>;
    },
  };
}

function execute(model: GraphModel, x: Tensor, results: string[]): Float32Array[] {
  return [model.execute(x, results)].flat().map(floats);
}

async function loadGraphModel(name: string): Promise<GraphModel> {
  const text = await readFile(`${PACKAGES}human/models/${name}.json`, 'utf8');
  const { modelTopology, weightsManifest } = JSON.parse(text) as {
    modelTopology: object;
    weightsManifest: [{ weights: import('@tensorflow/tfjs').io.WeightsManifestEntry[] }];
  };
  const bytes = await readFile(`${PACKAGES}human/models/${name}.bin`);
  return tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: Uint8Array.from(bytes).buffer,
    }),
  );
}

/** The anchors of face-api's tiny detector, [width, height] in cells. */
export const tinyAnchors = (): number[][] => faceapi.nets.tinyFaceDetector.anchors.map(({ x, y }) => [x, y]);
