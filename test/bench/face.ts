import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Engine, Network, Tensor } from '#built/face/engine.js';
import { loadNetworks } from '#built/face/networks.js';
import type { FaceSessionOptions } from '#built/face/port.js';
import { PersonSession } from '#built/face/session.js';
import { renderCardPhoto } from '#built/simulator/people/card-photo.js';
import { CAST } from '#built/simulator/people/cast.js';
import { renderPerson } from '#built/simulator/people/render-person.js';

/** What test/bench/face-contenders.mjs makes. */
interface Contender {
  compare(probe: Uint8Array, card: Uint8Array): Promise<number>;
  close(): Promise<void> | void;
}
interface Pair {
  readonly probe: Uint8Array;
  readonly card: Uint8Array;
}

const BARE = 'bare networks';
const PAIRS = 6;
const ROUNDS = 12;
const OVERHEAD_ROUNDS = 120;
const STARTS = 3;
const PROCESS_ROUNDS = 10;

/**
 * One comparison, from a camera's JPEG and a card's photo to the score, against the packages whose networks these are:
 * same pictures, same run, one after the other in turn, medians. Start and memory in processes of their own.
 */
export async function bench(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const { CONTENDERS } = (await import(new URL('face-contenders.mjs', import.meta.url).href)) as {
    CONTENDERS: Record<string, () => Promise<Contender>>;
  };
  const names = Object.keys(CONTENDERS);
  const pairs = await makePairs();
  const starts = await measureProcesses(names, pairs[0] as Pair);
  const took = await measureWarm(CONTENDERS, pairs, ROUNDS);
  // Against the runs alone in turns of these two: a second of WASM between them leaves both cold, by chance.
  const turns = {
    countersign: CONTENDERS['countersign'] as () => Promise<Contender>,
    [BARE]: () => bareNetworks(pairs),
  };
  const alone = await measureWarm(turns, pairs, OVERHEAD_ROUNDS);
  const bare = alone.get(BARE) ?? [];
  const besideBare = alone.get('countersign') ?? [];
  // Turn by turn, so that a busy moment of the machine weighs on both sides of a quotient.
  const overhead = besideBare.map((each, i) => each / (bare[i] ?? Number.NaN));
  const figures: Record<string, number | string> = {};
  for (const name of names) {
    figures[`comparison, ${name}: ms`] = round(median(took.get(name) ?? []));
    figures[`start to first comparison, ${name}: ms`] = round(median(starts.get(name)?.firstMs ?? []));
    figures[`peak memory, ${name}: MB`] = round(Math.max(...(starts.get(name)?.peakMb ?? [Number.NaN])));
  }
  const ours = median(took.get('countersign') ?? []);
  const against = (name: string) => median(took.get(name) ?? []) / ours;
  const start = (name: string) => median(starts.get(name)?.firstMs ?? []);
  figures['in turns with bare runs, countersign: ms'] = round(median(besideBare));
  figures['in turns with countersign, bare network runs: ms'] = round(median(bare));
  figures['ours against bare runs, median of the turns (at most 1.25)'] = round(median(overhead));
  figures['face-api default against ours (at least 15)'] = round(against('face-api, default (SSD)'));
  figures['face-api tiny against ours (at least 4)'] = round(against('face-api, tiny'));
  figures['human against ours'] = round(against('human'));
  figures['our start against face-api default (at most 0.33)'] = round(
    start('countersign') / start('face-api, default (SSD)'),
  );
  return { name: 'face', figures };
}

async function makePairs(): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const person of CAST.slice(0, PAIRS)) {
    const [live, photo] = [await renderPerson(person), await renderCardPhoto(person)];
    const [probe, card] = await Promise.all([jpegOf(live, 85), jpegOf(photo, 40)]);
    pairs.push({ probe, card });
  }
  return pairs;
}

function jpegOf({ width, height, rgb }: { width: number; height: number; rgb: Uint8Array }, quality: number) {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
}

/** All in one process, in turn, each warmed up before. */
async function measureWarm(
  contenders: Record<string, () => Promise<Contender>>,
  pairs: readonly Pair[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const took = new Map<string, number[]>();
  const ready: [string, Contender][] = [];
  for (const [name, make] of Object.entries(contenders)) {
    const contender = await make();
    for (const { probe, card } of pairs.slice(0, 2)) await contender.compare(probe, card);
    ready.push([name, contender]);
  }
  for (let round = 0; round < rounds; round++) {
    const { probe, card } = pairs[round % pairs.length] as Pair;
    for (const [name, contender] of ready) {
      const began = performance.now();
      await contender.compare(probe, card);
      took.set(name, [...(took.get(name) ?? []), performance.now() - began]);
    }
  }
  for (const [, contender] of ready) await contender.close();
  return took;
}

interface Process {
  readonly firstMs: number[];
  readonly peakMb: number[];
}

async function measureProcesses(
  names: readonly string[],
  { probe, card }: Pair,
): Promise<Map<string, Process>> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-face-'));
  const files = [join(directory, 'probe.jpg'), join(directory, 'card.jpg')] as const;
  await Promise.all([writeFile(files[0], probe), writeFile(files[1], card)]);
  const measured = new Map<string, Process>(names.map((name) => [name, { firstMs: [], peakMb: [] }]));
  for (let i = 0; i < STARTS; i++) {
    for (const name of names) {
      const { firstMs, peakMb } = await runProcess([name, ...files, String(PROCESS_ROUNDS)]);
      measured.get(name)?.firstMs.push(firstMs);
      measured.get(name)?.peakMb.push(peakMb);
    }
  }
  await rm(directory, { recursive: true });
  return measured;
}

function runProcess(words: string[]): Promise<{ firstMs: number; peakMb: number }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let firstMs = Number.NaN;
    let peakMb = Number.NaN;
    const program = fileURLToPath(new URL('face-process.mjs', import.meta.url));
    const child = fork(program, words, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('message', (message: { first?: true; peakMb?: number }) => {
      if (message.first) firstMs = performance.now() - began;
      peakMb = message.peakMb ?? peakMb;
    });
    child.on('error', reject);
    child.on('close', () => resolve({ firstMs, peakMb }));
  });
}

/**
 * The network runs of one comparison and nothing else: those that the pipeline itself makes of each pair, noted once on
 * the way, and then run again on the very same inputs, in the same order, with the same options. The inputs change from
 * round to round as the pipeline's do.
 */
async function bareNetworks(pairs: readonly Pair[]): Promise<Contender> {
  const root = new URL('../../', import.meta.url);
  const { openEngine } = (await import(new URL('dist/face/onnx-driver.js', root).href)) as {
    openEngine(options: { threads: number }): Promise<Engine>;
  };
  let noted: { network: Network; inputs: Record<string, Tensor> }[] = [];
  const note = (network: Network): Network => ({
    ...network,
    run(inputs) {
      noted.push({ network, inputs: structuredClone(inputs) });
      return network.run(inputs);
    },
  });
  const networks = await loadNetworks(await openEngine({ threads: 2 }), {
    modelsDirectory: fileURLToPath(new URL('models', root)),
    active: {},
  });
  const { tiny, landmarks, embedding } = networks;
  const watched = {
    ...networks,
    tiny: note(tiny),
    landmarks: note(landmarks),
    embedding: note(embedding),
  };
  const runs = new Map<Uint8Array, typeof noted>();
  for (const { probe, card } of pairs) {
    noted = [];
    const session = new PersonSession(watched, HOW);
    await session.reference(session.open({ encoded: Uint8Array.from(card) }, 'card'), 'card');
    await session.probe(session.open({ encoded: Uint8Array.from(probe) }, 'probe'), 0);
    await session.compare();
    session.end();
    runs.set(probe, noted);
  }
  return {
    async compare(probe) {
      for (const { network, inputs } of runs.get(probe) ?? []) await network.run(inputs);
      return 0;
    },
    close: () => networks.release(),
  };
}

/** As the contender of face-contenders.mjs begins. */
const HOW: FaceSessionOptions = { targetFmr: 0.01, liveness: 'off', challenges: [], frames: 1 };

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
