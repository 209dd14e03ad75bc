import { basename, dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { isCountersignError } from '../../domain/errors.js';
import type { Engine, EngineModule, Network } from '../engine.js';
import { loadNetworks, type Networks } from '../networks.js';
import { acquireFile } from './acquire.js';
import type { AcquireReply, AcquireTask, AcquireThreadData } from './thread-messages.js';

/** A thread of an evaluation: pictures in, embeddings out, one after the other. */

const { engines, modelsDirectory, pack, options } = workerData as AcquireThreadData;
const port = parentPort;
if (port === null) throw new Error('not a thread');

let loadingSsd: Promise<Network> | undefined;
const loading = load();
loading.then(
  () => port.postMessage('ready' satisfies AcquireReply),
  // Whoever asks is told.
  () => {},
);
let before: Promise<void> = Promise.resolve();

let ending = false;

port.on('message', (task: AcquireTask | 'end') => {
  if (task === 'end') {
    ending = true;
    // Without a port the thread has nothing left to wait for.
    void Promise.allSettled([loading, before]).then(() => port.close());
  } else {
    before = before.then(() => (ending ? undefined : answer(task)));
  }
});

async function answer({ id, path, kinds }: AcquireTask): Promise<void> {
  let reply: AcquireReply;
  try {
    reply = { id, answers: await acquireFile(await loading, path, kinds, options) };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    reply = (await befallsAll(error)) ? { id, problem: words } : { id, failed: words };
  }
  const moved = Object.values('answers' in reply ? reply.answers : {}).flatMap((each) =>
    'embedding' in each ? [each.embedding.buffer as ArrayBuffer] : [],
  );
  port?.postMessage(reply, moved);
}

/** What cannot be loaded is not there for the next picture either; a typed fault tells of the program's own files. */
async function befallsAll(error: unknown): Promise<boolean> {
  const loads = await Promise.allSettled([loading, loadingSsd]);
  return isCountersignError(error) || loads.some(({ status }) => status === 'rejected');
}

async function load(): Promise<Networks> {
  const engine = await openFirst(engines);
  const networks = await loadNetworks(engine, {
    modelsDirectory,
    packsDirectory: dirname(pack ?? ''),
    active: pack === undefined ? {} : { embedding: basename(pack) },
  });
  // Many pictures need the thorough detector here, and memory is not a terminal's: loaded once, kept.
  const loadSsd = async (): Promise<Network> => {
    loadingSsd ??= networks.loadSsd();
    const network = await loadingSsd;
    return { run: (inputs) => network.run(inputs), release: () => Promise.resolve() };
  };
  return { ...networks, loadSsd };
}

async function openFirst(urls: readonly string[]): Promise<Engine> {
  let first: unknown;
  for (const url of urls) {
    try {
      // One thread each: the pictures are what is shared out.
      return await ((await import(url)) as EngineModule).openEngine({ threads: 1 });
    } catch (error) {
      first ??= error;
    }
  }
  throw first instanceof Error ? first : new Error('no engine');
}
