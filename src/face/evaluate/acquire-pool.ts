import { once } from 'node:events';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FaultDetails } from '../../domain/errors.js';
import { faceFault } from '../errors.js';
import type { Acquired } from './acquire.js';
import type { TemplateKind } from './plan.js';
import type { AcquireReply, AcquireTask, AcquireThreadData } from './thread-messages.js';

type Answers = Partial<Record<TemplateKind, Acquired>>;

/**
 * Gives each task to the next free thread and calls `done` with its answer, in whatever order they come. Rejects when
 * a thread is lost or `signal` is aborted; all threads have ended then.
 */
export async function acquireAll(
  tasks: readonly Omit<AcquireTask, 'id'>[],
  data: AcquireThreadData,
  how: { readonly jobs: number; readonly signal: AbortSignal },
  done: (task: number, answers: Answers) => void,
): Promise<void> {
  if (tasks.length === 0) return;
  const { jobs, signal } = how;
  signal.throwIfAborted();
  const workers: Worker[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      let next = 0;
      let open = tasks.length;
      const failed = (cause: unknown, details: FaultDetails = {}) =>
        reject(faceFault('ENGINE_FAILED', { cause, details: { ...details, problem: wordsOf(cause) } }));
      const feed = (worker: Worker): void => {
        const task = tasks[next];
        if (task !== undefined) worker.postMessage({ id: next++, ...task });
      };
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      for (let i = 0; i < Math.min(jobs, tasks.length); i++) {
        const worker = new Worker(new URL('./acquire-worker.js', import.meta.url), { workerData: data });
        workers.push(worker);
        worker.on('message', (reply: AcquireReply) => {
          if ('problem' in reply) {
            return failed(new Error(reply.problem), { file: basename(tasks[reply.id]?.path ?? '') });
          }
          // Two under way in each thread: it need not wait for us between pictures.
          feed(worker);
          try {
            done(reply.id, reply.answers);
          } catch (error) {
            return reject(error);
          }
          if (--open === 0) resolve();
        });
        worker.on('error', (error) => failed(error));
        worker.on('exit', () => failed(new Error('a thread ended')));
        feed(worker);
        feed(worker);
      }
    });
  } finally {
    await Promise.all(workers.map(end));
  }
}

/**
 * Lets a thread finish what it is at, then end by itself: one that is ended from outside while a network loads or runs
 * takes the whole process with it (the native library throws where nobody can catch).
 */
async function end(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit');
  worker.postMessage('end');
  // Already gone: there is no exit to wait for.
  if (worker.threadId !== -1) await ended.catch(() => {});
}

function wordsOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.slice(0, 200) ?? '';
}
