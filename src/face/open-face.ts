import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { BUILT_IN } from './embed/built-in.js';
import { faceFault } from './errors.js';
import type { FaceOptions } from './face-options.js';
import { FaceThread } from './face-thread.js';
import { abortError, type FaceTask, type FaceWork } from './messages.js';
import type { FaceComparer, FaceSession, FaceSessionOptions } from './port.js';

/**
 * Opens the face: starts its thread, in which the networks are loaded at once. Does not wait for them: what is missing
 * is told by `check` and by `begin`.
 */
export async function openFace(
  options: FaceOptions,
  deps: { readonly logger?: Logger } = {},
): Promise<FaceComparer> {
  const thread = new FaceThread({
    engines: (await enginesToTry(options, deps)).map(({ href }) => href),
    // More than two gain nothing on these networks, and a camera and a page want to run beside them.
    threads: Math.min(2, availableParallelism()),
    modelsDirectory: options.modelsDirectory,
    packsDirectory: options.packsDirectory,
    packSigners: options.packSigners,
  });
  let model = BUILT_IN.name;
  let present: FaceSession | undefined;
  return {
    get model() {
      return model;
    },
    async begin(asked) {
      if (present !== undefined) throw faceFault('BUSY');
      const session = openSession(thread, () => {
        if (present === session) present = undefined;
      });
      present = session;
      try {
        ({ model } = await thread.ask('begin', copyOptions(asked)));
        return session;
      } catch (error) {
        present = undefined;
        throw error;
      }
    },
    check: () =>
      thread.ask('check', null).catch((error: unknown) => ({
        name: 'face',
        ok: false,
        detail: error instanceof Error ? error.message : String(error),
        advice: 'Start the service again.',
        curedByRestart: true,
      })),
    tryPack: (directory) => thread.ask('try', { directory }),
    async close() {
      await present?.end();
      await thread.close();
    },
  };
}

async function enginesToTry(options: FaceOptions, deps: { readonly logger?: Logger }): Promise<URL[]> {
  const { engine, engines } = options;
  if (engine !== 'auto') return [engines[engine]];
  const { chooseEngines } = await import('./choose-engine.js');
  return chooseEngines(options, deps);
}

/** Only what may cross to the thread. */
function copyOptions({
  targetFmr,
  liveness,
  challenges,
  frames,
  light,
  probeFrom,
}: FaceSessionOptions): FaceSessionOptions {
  return {
    targetFmr,
    liveness,
    challenges: [...challenges],
    ...(frames === undefined ? {} : { frames }),
    ...(light === undefined ? {} : { light: light.map(({ atMs, lit }) => ({ atMs, lit })) }),
    ...(probeFrom === undefined ? {} : { probeFrom }),
  };
}

function openSession(thread: FaceThread, onEnd: () => void): FaceSession {
  let ending: Promise<void> | undefined;
  const ended = new AbortController();
  /** Rejects at once when the person's end comes, whatever the thread is doing. */
  const ask = <Task extends FaceTask>(
    task: Task,
    what: FaceWork[Task]['ask'],
  ): Promise<FaceWork[Task]['answer']> => {
    if (ending !== undefined) return Promise.reject(abortError());
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(abortError());
      ended.signal.addEventListener('abort', stop, { once: true });
      thread
        .ask(task, what)
        .then(resolve, reject)
        .finally(() => ended.signal.removeEventListener('abort', stop));
    });
  };
  return {
    reference: (photo, hint = 'any') => ask('reference', { photo, hint }),
    probe: ({ jpeg, index, takenAtMs }) => ask('probe', { jpeg, index, takenAtMs }),
    compare: async () => (await ask('compare', null)) ?? undefined,
    liveness: () => ask('liveness', null),
    end() {
      ending ??= thread
        .ask('end', null)
        // A thread that is gone has taken everything with it.
        .then(
          () => {},
          () => {},
        )
        .finally(onEnd);
      ended.abort();
      return ending;
    },
  };
}
