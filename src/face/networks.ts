import { BUILT_IN } from './embed/built-in.js';
import type { EmbeddingModel } from './embed/model.js';
import type { Engine, Network } from './engine.js';
import { readBuiltIn } from './network-files.js';

/** Everything that is loaded to look at faces. */
export interface Networks {
  readonly tiny: Network;
  readonly landmarks: Network;
  readonly embedding: Network;
  readonly model: EmbeddingModel;
  /** The thorough detector is large and rarely needed: loaded for one use, released by the caller. */
  loadSsd(): Promise<Network>;
  release(): Promise<void>;
}

/** @throws FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM, FACE_ENGINE_UNAVAILABLE */
export async function loadNetworks(engine: Engine, modelsDirectory: string): Promise<Networks> {
  const load = async (id: Parameters<typeof readBuiltIn>[1]) =>
    engine.load(await readBuiltIn(modelsDirectory, id));
  const [tiny, landmarks, embedding] = await Promise.all([
    load('tiny-face-detector'),
    load('landmarks-68'),
    load('face-recognition'),
  ]);
  return {
    tiny,
    landmarks,
    embedding,
    model: BUILT_IN,
    loadSsd: () => load('ssd-mobilenet'),
    async release() {
      await Promise.all([tiny, landmarks, embedding].map((network) => network.release()));
    },
  };
}
