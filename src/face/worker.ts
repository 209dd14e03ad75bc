import { parentPort, workerData } from 'node:worker_threads';
import type { Check } from '../domain/check.js';
import { isCountersignError } from '../domain/errors.js';
import type { Engine, EngineModule } from './engine.js';
import { faceFault } from './errors.js';
import { type FaceReply, type FaceRequest, type FaceThreadData, packFault } from './messages.js';
import { loadNetworks, type Networks } from './networks.js';
import { readActive } from './packs/active.js';
import type { ActivePacks } from './packs/active-schema.js';
import type { Picture } from './pixels/picture.js';
import { PersonSession } from './session.js';

/** The face's own thread: engine, networks, pixels and embeddings live here and nowhere else. */

const data = workerData as FaceThreadData;
const port = parentPort;
if (port === null) throw new Error('not a thread');

let session: PersonSession | undefined;
interface Loaded {
  readonly engine: Engine;
  readonly networks: Networks;
  readonly active: ActivePacks;
}
let loading: Promise<Loaded> | undefined;
/** Why the packs that should be in force are not. */
let refused: unknown;
/** Questions are answered one after the other, except the end of a person, which may not wait. */
let before: Promise<unknown> = Promise.resolve();

port.on('message', (request: FaceRequest) => {
  if (request.task === 'end') session?.end();
  const opening = openAhead(request);
  before = before.then(() => answer(request, opening));
});
// Begins at once, so that the first person does not wait for it; whoever asks first is told what went wrong.
load().catch(() => {});

/** Pictures are decoded while the questions before them are still being answered. */
function openAhead({ task, ask }: FaceRequest): Promise<Picture> | undefined {
  let opening: Promise<Picture> | undefined;
  if (task === 'reference') {
    const { photo, hint } = ask as FaceRequest<'reference'>['ask'];
    opening = session?.open(photo, hint);
  } else if (task === 'probe') {
    opening = session?.open({ encoded: (ask as FaceRequest<'probe'>['ask']).jpeg }, 'probe');
  }
  // Whoever asks for the picture is told what is wrong with it, if only later.
  opening?.catch(() => {});
  return opening;
}

async function answer(request: FaceRequest, opening: Promise<Picture> | undefined): Promise<void> {
  const { id } = request;
  let reply: FaceReply;
  try {
    reply = { id, answer: await perform(request, opening) };
  } catch (error) {
    reply = { id, fault: packFault(wrapped(error)) };
  }
  port?.postMessage(reply);
}

async function perform({ task, ask }: FaceRequest, opening: Promise<Picture> | undefined) {
  switch (task) {
    case 'check':
      return check();
    case 'begin': {
      const { networks } = await follow();
      session?.end();
      session = new PersonSession(networks, ask as FaceRequest<'begin'>['ask']);
      return { model: networks.model.name };
    }
    case 'reference':
      return current().reference(needed(opening), (ask as FaceRequest<'reference'>['ask']).hint);
    case 'probe':
      return current().probe(needed(opening), (ask as FaceRequest<'probe'>['ask']).takenAtMs);
    case 'compare':
      return (await current().compare()) ?? null;
    case 'liveness':
      return current().liveness();
    case 'end':
      session?.end();
      session = undefined;
      return null;
    case 'try': {
      const { engine } = await load();
      const { tryPack } = await import('./packs/try-pack.js');
      return tryPack(engine, (ask as FaceRequest<'try'>['ask']).directory, data.packSigners);
    }
    case 'close':
      session?.end();
      session = undefined;
      await (await loading?.catch(() => undefined))?.networks.release();
      return null;
  }
}

function current(): PersonSession {
  return session ?? noPerson();
}

function needed(opening: Promise<Picture> | undefined): Promise<Picture> {
  return opening ?? noPerson();
}

function noPerson(): never {
  throw faceFault('ENGINE_FAILED', { details: { problem: 'no person' } });
}

function load(): Promise<Loaded> {
  loading ??= loadAll();
  // After a failure the next question tries again: a technician may have put the files in place.
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

async function loadAll(): Promise<Loaded> {
  const engine = await openFirst(data.engines);
  const active = await activePacks();
  const networks = await loadNetworks(engine, { ...data, active });
  return { engine, networks, active };
}

/**
 * Follows what is in force between two people. A pack that cannot be loaded changes nothing: the model before stays,
 * and `check` says why.
 */
async function follow(): Promise<Loaded> {
  const before = await load();
  const active = await activePacks();
  if (JSON.stringify(active) === JSON.stringify(before.active)) return before;
  try {
    const networks = await loadNetworks(before.engine, { ...data, active });
    await before.networks.release();
    const now = { engine: before.engine, networks, active };
    loading = Promise.resolve(now);
    refused = undefined;
    return now;
  } catch (error) {
    refused = error;
    return before;
  }
}

const activePacks = (): Promise<ActivePacks> =>
  data.packsDirectory === undefined ? Promise.resolve({}) : readActive(data.packsDirectory);

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
    const { engine, networks } = await follow();
    if (refused !== undefined) throw refused;
    const { model, attack } = networks;
    const extra = attack === undefined ? '' : `; attacks by ${attack.model}`;
    return { name: 'face', ok: true, detail: `${engine.detail}; ${model.name}${extra}` };
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
