import { join } from 'node:path';
import { BUILT_IN } from './embed/built-in.js';
import type { EmbeddingModel } from './embed/model.js';
import type { Engine, Network } from './engine.js';
import { faceFault } from './errors.js';
import { type AttackDetector, attackDetector } from './liveness/attack-network.js';
import { type BuiltInId, readBuiltIn } from './network-files.js';
import type { ActivePacks } from './packs/active-schema.js';
import { embeddingModelOf, modelName } from './packs/manifest.js';
import type { PackManifest } from './packs/manifest-schema.js';
import type { OpenPack } from './packs/open-pack.js';

/** Everything that is loaded to look at faces. */
export interface Networks {
  readonly tiny: Network;
  readonly landmarks: Network;
  readonly embedding: Network;
  readonly model: EmbeddingModel;
  readonly attack: AttackDetector | undefined;
  /** The thorough detector is large and rarely needed: loaded for one use, released by the caller. */
  loadSsd(): Promise<Network>;
  release(): Promise<void>;
}

export interface NetworkPlaces {
  readonly modelsDirectory: string;
  readonly packsDirectory?: string | undefined;
  readonly packSigners?: string | undefined;
  /** Packs in force, by task. */
  readonly active: ActivePacks;
}

/** @throws FACE_MODEL_MISSING, FACE_MODEL_CHECKSUM, FACE_PACK_INVALID, FACE_PACK_SIGNATURE */
export async function loadNetworks(engine: Engine, places: NetworkPlaces): Promise<Networks> {
  const { modelsDirectory, packsDirectory = '', packSigners, active } = places;
  const loaded: Network[] = [];
  const keep = async (bytes: Promise<Uint8Array>): Promise<Network> => {
    const network = await engine.load(await bytes);
    loaded.push(network);
    return network;
  };
  const builtIn = (id: BuiltInId) => keep(readBuiltIn(modelsDirectory, id));
  const pack = async (name: string) => {
    // With the schemas of packs, which take long to load and are of no use without a pack.
    const { openPack } = await import('./packs/open-pack.js');
    return openPack(join(packsDirectory, name), packSigners, keep);
  };
  const { embedding: embeddingPack, 'presentation-attack-detection': attackPack } = active;
  const all = await Promise.allSettled([
    builtIn('tiny-face-detector'),
    builtIn('landmarks-68'),
    embeddingPack === undefined ? builtIn('face-recognition') : pack(embeddingPack),
    attackPack === undefined ? undefined : pack(attackPack),
  ]);
  const failed = all.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') {
    await releaseAll(loaded);
    throw failed.reason;
  }
  const [tiny, landmarks, embedding, attack] = all.map((each) =>
    'value' in each ? each.value : undefined,
  ) as [Network, Network, Network | OpenPack, OpenPack | undefined];
  return {
    tiny,
    landmarks,
    ...('manifest' in embedding ? comparedBy(embedding) : { embedding, model: BUILT_IN }),
    attack: attack === undefined ? undefined : detectedBy(attack),
    loadSsd: async () => engine.load(await readBuiltIn(modelsDirectory, 'ssd-mobilenet')),
    release: () => releaseAll(loaded),
  };
}

function comparedBy({ manifest, networks: [embedding] }: OpenPack): Pick<Networks, 'embedding' | 'model'> {
  if (manifest.task !== 'embedding' || embedding === undefined) throw wrongTask(manifest, 'embedding');
  return { embedding, model: embeddingModelOf(manifest) };
}

function detectedBy({ manifest, networks }: OpenPack): AttackDetector {
  if (manifest.task === 'embedding') throw wrongTask(manifest, 'presentation-attack-detection');
  return attackDetector(modelName(manifest), manifest, networks);
}

function wrongTask({ name, task }: PackManifest, wanted: string) {
  return faceFault('PACK_INVALID', { details: { name, task, wanted } });
}

async function releaseAll(networks: readonly Network[]): Promise<void> {
  await Promise.all(networks.map((network) => network.release()));
}
