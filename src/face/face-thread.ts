import { Worker } from 'node:worker_threads';
import { faceFault } from './errors.js';
import {
  type FaceReply,
  type FaceTask,
  type FaceThreadData,
  type FaceWork,
  unpackFault,
} from './messages.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Question and answer with the face's thread; a thread that is gone rejects, and the next question starts a new one. */
export class FaceThread {
  readonly #data: FaceThreadData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #next = 1;
  #pinned: Promise<unknown> | undefined;
  #closed: boolean = false;

  constructor(data: FaceThreadData) {
    this.#data = data;
    this.#start();
  }

  ask<Task extends FaceTask>(task: Task, ask: FaceWork[Task]['ask']): Promise<FaceWork[Task]['answer']> {
    if (this.#closed) return Promise.reject(faceFault('ENGINE_FAILED', { details: { problem: 'closed' } }));
    const worker = this.#worker ?? this.#start();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ id, task, ask });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const worker = this.#worker;
    if (worker !== undefined) await this.ask('close', null).catch(() => {});
    this.#closed = true;
    await this.#pinned;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#data });
    this.#worker = worker;
    worker.on('message', (reply: FaceReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      this.#pin();
      if ('fault' in reply) waiting?.reject(unpackFault(reply.fault));
      else waiting?.resolve(reply.answer);
    });
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  /**
   * Holds the engine's native library from this thread too, once the face's own has loaded it: a library that the last
   * thread lets go cannot be loaded again in the same process ("Module did not self-register").
   */
  #pin(): void {
    this.#pinned ??= Promise.allSettled(this.#data.engines.map((url) => import(url)));
  }

  #lost(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of waiting)
      each.reject(faceFault('ENGINE_FAILED', { cause, details: { problem: 'thread ended' } }));
  }
}
