import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN } from '../embed/built-in.js';
import type { EmbeddingModel } from '../embed/model.js';
import { faceFault } from '../errors.js';
import { readBuiltIn } from '../network-files.js';
import { embeddingModelOf } from '../packs/manifest.js';
import { verifyPack } from '../packs/store.js';
import type { AcquireOptions } from './acquire.js';
import { calibrate, type MeasuredCalibration } from './calibrate.js';
import { evaluateFault } from './errors.js';
import { gatherScores } from './gather-scores.js';
import type { EvaluationList } from './list.js';
import { comparePeer } from './peer-scores.js';
import { type EvaluationPlan, type PlanOptions, planEvaluation } from './plan.js';
import { ProgressStore } from './progress-store.js';
import { readList } from './read-list.js';
import type { EvaluationReport } from './report/report.js';
import { describeAcquisition, describeGroups, describeInForce } from './report/summarise.js';
import { type Progress, scorePlan } from './score-plan.js';

export interface EvaluateOptions extends PlanOptions, AcquireOptions {
  /** CSV file, or a folder of people. */
  readonly list: string;
  /** Folder of report and progress. */
  readonly out: string;
  readonly dataset: string;
  /** Directory of a model pack; else the built-in model. */
  readonly pack?: string;
  readonly engines: readonly URL[];
  readonly modelsDirectory: string;
  readonly jobs: number;
  /** Pictures that are not there: `refuse` ends before anything is computed, `count` takes them for failures. */
  readonly missing: 'refuse' | 'count';
  /** Begins anew, whatever `out` holds. */
  readonly fresh: boolean;
  readonly software: string;
  readonly peers: readonly { readonly name: string; readonly file: string }[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onNote: (line: string) => void;
}

export interface Evaluation {
  readonly report: EvaluationReport;
  readonly calibration: MeasuredCalibration;
}

/**
 * Compares every pair of the list and counts the errors. Embeddings stay in memory; scores and facts of pictures are
 * kept under `out`, so that the same call goes on where it was interrupted.
 *
 * @throws EVALUATE_ faults, FACE_MODEL_ and FACE_PACK_ faults, FACE_ENGINE_FAILED
 */
export async function evaluateFaces(options: EvaluateOptions): Promise<Evaluation> {
  const { out, pack, engines, modelsDirectory, jobs, cardBytes, several, signal, onProgress, onNote } =
    options;
  const list = await readList(options.list);
  list.remarks.forEach(onNote);
  const { stamps, missing } = await stampFiles(list);
  if (missing.length > 0) {
    if (options.missing === 'refuse') throw filesMissing(missing);
    onNote(`Pictures that are not there and count as failures: ${missing.length}`);
  }
  const { model, sha256 } = await readModel(pack, modelsDirectory);
  const plan = planEvaluation(list, options);
  const fingerprint = await fingerprintOf(options, list, stamps, sha256);
  const store = await ProgressStore.open(out, fingerprint, options.fresh);
  try {
    if (store.count > 0) onNote(`${store.count} scores are there from before; --fresh begins anew.`);
    await scorePlan(plan, store, {
      compare: model.compare,
      jobs,
      signal,
      onProgress,
      thread: {
        engines: engines.map(({ href }) => href),
        modelsDirectory,
        options: { cardBytes, several },
        ...(pack === undefined ? {} : { pack }),
      },
    });
    return await conclude(options, { plan, store, model, sha256 });
  } finally {
    await store.close();
  }
}

async function conclude(
  { software, dataset, cardBytes, several, seed, peers }: EvaluateOptions,
  {
    plan,
    store,
    model,
    sha256,
  }: { plan: EvaluationPlan; store: ProgressStore; model: EmbeddingModel; sha256: string },
): Promise<Evaluation> {
  const gathered = await gatherScores(plan, store);
  const { card, sampled, list } = plan;
  const text = protocolText(plan, { cardBytes, several });
  const report: EvaluationReport = {
    software,
    at: new Date().toISOString(),
    dataset,
    model: { name: model.name, sha256, compare: model.compare },
    protocol: {
      list: list.pairs === undefined ? 'files' : 'pairs',
      card,
      cardBytes,
      several,
      seed,
      sampled,
      text,
    },
    groups: describeGroups(plan, gathered),
    ...describeAcquisition(plan, store.facts),
    inForce: describeInForce(plan, gathered, model),
    peers: [],
  };
  const groups = list.groups.map((group, i) => ({ group, scores: gathered[i]?.scores ?? EMPTY }));
  const calibration = calibrate(groups, { dataset, protocol: `${dataset}: ${text}`, model: model.name });
  const beside = [];
  for (const peer of peers) beside.push(await comparePeer(plan, store, peer));
  return { report: { ...report, peers: beside }, calibration };
}

const EMPTY = { genuine: new Float32Array(0), impostor: new Float32Array(0) };

function protocolText(
  { list, card, templates, sampled }: EvaluationPlan,
  { cardBytes, several }: AcquireOptions,
): string {
  const hasCards = templates.some(({ kind }) => kind === 'card');
  const sides =
    card !== 'none'
      ? `photograph against a simulated card photo (${card} side; 102x126 pixels, eyes 27 apart, JPEG of at most ${cardBytes} bytes)`
      : hasCards
        ? 'live photograph against the photo of a card'
        : 'photograph against photograph';
  const pairs =
    list.pairs === undefined
      ? 'all genuine and impostor pairs within each group, no picture against itself'
      : 'the pairs of the list';
  const part = sampled.length > 0 ? ', a random part of the impostor pairs of large groups' : '';
  const others = several === 'refuse' ? 'refused' : 'compared by the foremost face';
  return `${sides}; ${pairs}${part}; one comparison an attempt, mirror average, pictures of several people ${others}`;
}

async function readModel(
  pack: string | undefined,
  modelsDirectory: string,
): Promise<{ model: EmbeddingModel; sha256: string }> {
  if (pack !== undefined) {
    const manifest = await verifyPack(pack);
    if (manifest.task !== 'embedding') {
      throw faceFault('PACK_INVALID', { details: { name: manifest.name, problem: 'it compares no faces' } });
    }
    return { model: embeddingModelOf(manifest), sha256: manifest.files[0].sha256 };
  }
  const network = await readBuiltIn(modelsDirectory, 'face-recognition');
  return { model: BUILT_IN, sha256: createHash('sha256').update(network).digest('hex') };
}

function filesMissing(missing: readonly string[]) {
  return evaluateFault('FILE_MISSING', { details: { missing: missing.length, first: missing[0] ?? '' } });
}

/** Size and time of every picture, and which are not there. */
async function stampFiles({ samples }: EvaluationList): Promise<{ stamps: string[]; missing: string[] }> {
  const stamps: string[] = [];
  const missing: string[] = [];
  const AT_ONCE = 64;
  for (let from = 0; from < samples.length; from += AT_ONCE) {
    const some = samples.slice(from, from + AT_ONCE).map(async ({ file, path }) => {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() !== true) missing.push(file);
      return `${found?.size} ${found?.mtimeMs}`;
    });
    stamps.push(...(await Promise.all(some)));
  }
  return { stamps, missing };
}

/** Everything that scores depend on, this room's own program included. */
async function fingerprintOf(
  { card, cardBytes, several, mostPairs, seed, modelsDirectory }: EvaluateOptions,
  { samples, groups, pairs }: EvaluationList,
  stamps: readonly string[],
  model: string,
): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ card, cardBytes, several, mostPairs, seed, model, groups, samples, stamps }));
  for (const column of Object.values(pairs ?? {}) as (Int32Array | Uint8Array)[]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  hash.update(await readFile(join(modelsDirectory, 'build', 'manifest.json')).catch(() => ''));
  const room = fileURLToPath(new URL('..', import.meta.url));
  for (const name of (await readdir(room, { recursive: true })).sort()) {
    // How the report looks changes no score.
    if (name.endsWith('.js') && !name.includes('report')) hash.update(await readFile(join(room, name)));
  }
  return hash.digest('hex');
}
