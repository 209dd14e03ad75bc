import { parentPort, workerData } from 'node:worker_threads';
import type { Check } from '../domain/check.js';
import { isCountersignError } from '../domain/errors.js';
import type { Engine, EngineModule } from './engine.js';
import { faceFault } from './errors.js';
import { type FaceReply, type FaceRequest, type FaceThreadData, packFault } from './messages.js';
import { loadNetworks, type Networks } from './networks.js';
import { PersonSession } from './session.js';

/** The face's own thread: engine, networks, pixels and embeddings live here and nowhere else. */

const data = workerData as FaceThreadData;
const port = parentPort;
if (port === null) throw new Error('not a thread');

let session: PersonSession | undefined;
let loading: Promise<{ engine: Engine; networks: Networks }> | undefined;
/** Questions are answered one after the other, except the end of a person, which may not wait. */
let before: Promise<unknown> = Promise.resolve();

port.on('message', (request: FaceRequest) => {
  if (request.task === 'end') session?.end();
  before = before.then(() => answer(request));
});
// Begins at once, so that the first person does not wait for it; whoever asks first is told what went wrong.
load().catch(() => {});

async function answer({ id, task, ask }: FaceRequest): Promise<void> {
  let reply: FaceReply;
  try {
    reply = { id, answer: await perform(task, ask) };
  } catch (error) {
    reply = { id, fault: packFault(wrapped(error)) };
  }
  port?.postMessage(reply);
}

async function perform(task: FaceRequest['task'], ask: FaceRequest['ask']) {
  switch (task) {
    case 'check':
      return check();
    case 'begin': {
      const { networks } = await load();
      session?.end();
      session = new PersonSession(networks, ask as FaceRequest<'begin'>['ask']);
      return { model: networks.model.name };
    }
    case 'reference': {
      const { photo, hint } = ask as FaceRequest<'reference'>['ask'];
      return current().reference(photo, hint);
    }
    case 'probe':
      return current().probe(ask as FaceRequest<'probe'>['ask']);
    case 'compare':
      return (await current().compare()) ?? null;
    case 'liveness':
      return current().liveness();
    case 'end':
      session?.end();
      session = undefined;
      return null;
    case 'close':
      session?.end();
      session = undefined;
      await (await loading?.catch(() => undefined))?.networks.release();
      return null;
  }
}

function current(): PersonSession {
  if (session === undefined) throw faceFault('ENGINE_FAILED', { details: { problem: 'no person' } });
  return session;
}

function load() {
  loading ??= loadAll();
  // After a failure the next question tries again: a technician may have put the files in place.
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

async function loadAll() {
  const engine = await openFirst(data.engines);
  return { engine, networks: await loadNetworks(engine, data.modelsDirectory) };
}

async function openFirst(urls: readonly string[]): Promise<Engine> {
  let cause: unknown;
  for (const url of urls) {
    try {
      const { openEngine } = (await import(url)) as EngineModule;
      return await openEngine({ threads: data.threads });
    } catch (error) {
      cause ??= error;
    }
  }
  throw faceFault('ENGINE_UNAVAILABLE', { cause });
}

async function check(): Promise<Check> {
  try {
    const { engine, networks } = await load();
    const { model } = networks;
    return { name: 'face', ok: true, detail: `${engine.detail}; ${model.name}` };
  } catch (error) {
    const known = isCountersignError(error);
    return {
      name: 'face',
      ok: false,
      detail: known ? `${error.code} ${Object.values(error.details).join(' ')}`.trim() : String(error),
      advice: known ? error.advice : 'Report this with the output of `countersign doctor --json`.',
      curedByRestart: !known,
    };
  }
}

/** What an engine throws becomes a fault of ours; faults and cancellations stay what they are. */
function wrapped(error: unknown): unknown {
  const passes = isCountersignError(error) || (error instanceof Error && error.name === 'AbortError');
  return passes ? error : faceFault('ENGINE_FAILED', { cause: error });
}
