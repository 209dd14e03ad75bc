import { basename } from 'node:path';
import type { FaultDetails } from '../../domain/errors.js';
import { faceFault } from '../errors.js';
import type { Acquired } from './acquire.js';
import { AcquireThread, type TaskReply, type ThreadOwner } from './acquire-thread.js';
import { type FailedLook, FailedLooks, programFailed } from './failed-looks.js';
import type { TemplateKind } from './plan.js';
import type { AcquireTask, AcquireThreadData } from './thread-messages.js';

type Answers = Partial<Record<TemplateKind, Acquired>>;

/**
 * Gives each task to the next free thread and calls `done` with its answer, in whatever order they come. A task at which
 * the program fails is answered with that failure, and where its thread died of it, a new one goes on. Rejects when
 * whatever it is befalls every task or `signal` is aborted; all threads have ended then.
 */
export async function acquireAll(
  tasks: readonly Omit<AcquireTask, 'id'>[],
  data: AcquireThreadData,
  how: { readonly jobs: number; readonly signal: AbortSignal },
  done: (task: number, answers: Answers) => void,
): Promise<void> {
  if (tasks.length === 0) return;
  const { jobs, signal } = how;
  await pin(data.engines);
  signal.throwIfAborted();
  const threads: AcquireThread[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      /** Tasks that no thread has, the next one last. */
      const waiting = [...tasks.keys()].reverse();
      const failures = new FailedLooks();
      let open = tasks.length;
      let over = false;
      const stop = (reason: unknown): void => {
        over = true;
        reject(reason);
      };
      const giveUp = (cause: unknown, details: FaultDetails = {}): void =>
        stop(faceFault('ENGINE_FAILED', { cause, details: { ...details, problem: wordsOf(cause) } }));
      const settle = (task: number, answers: Answers): void => {
        try {
          done(task, answers);
        } catch (error) {
          stop(error);
        }
        if (--open > 0) return;
        over = true;
        resolve();
      };
      const settleFailed = (looks: readonly FailedLook[]): void => {
        for (const { task, words } of looks) settle(task, programFailed(tasks[task]?.kinds ?? [], words));
      };
      const fileOf = (task: number): FaultDetails => ({ file: basename(tasks[task]?.path ?? '') });
      const failed = (task: number, cause: unknown, died: boolean): void => {
        failures.add({ task, words: wordsOf(cause), died });
        if (failures.befallAll) giveUp(cause, fileOf(task));
        // Nothing else is left of which an answer might come.
        else if (failures.count === open) settleFailed(failures.take());
      };
      const owner: ThreadOwner = {
        next() {
          const id = over ? undefined : waiting.pop();
          const task = id === undefined ? undefined : tasks[id];
          return id === undefined || task === undefined ? undefined : { id, ...task };
        },
        replied(reply: TaskReply) {
          const { id } = reply;
          if ('answers' in reply) {
            if (!over) settleFailed(failures.answered());
            // Where all is over as well: whoever asked overwrites the embeddings.
            settle(id, reply.answers);
          } else if (over) return;
          else if ('problem' in reply) giveUp(new Error(reply.problem), fileOf(id));
          else failed(id, new Error(reply.failed), false);
        },
        lost(cause, { ready, at, others }) {
          if (over) return;
          waiting.push(...[...others].reverse());
          if (!ready) giveUp(cause);
          else if (at !== undefined) failed(at, cause, true);
          if (!over && waiting.length > 0) start();
        },
      };
      const start = (): void => {
        try {
          threads.push(new AcquireThread(data, owner));
        } catch (error) {
          giveUp(error);
        }
      };
      signal.addEventListener('abort', () => stop(signal.reason), { once: true });
      for (let i = 0; i < Math.min(jobs, tasks.length); i++) start();
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/**
 * Holds the engine's native library from this thread too: one that the last thread lets go cannot be loaded again in the
 * same process ("Module did not self-register"), by the thread that takes over from it. Whether an engine runs here, the
 * threads find out.
 */
async function pin(engines: readonly string[]): Promise<void> {
  await Promise.allSettled(engines.map((url) => import(url)));
}

function wordsOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.slice(0, 200) ?? '';
}
