import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { AcquireReply, AcquireTask, AcquireThreadData } from './thread-messages.js';

export type TaskReply = Exclude<AcquireReply, 'ready'>;

export interface ThreadOwner {
  /** The next task, where there is one. */
  next(): AcquireTask | undefined;
  replied(reply: TaskReply): void;
  /** The thread ended by itself. `at` is the task that it was at, `others` those it had yet to begin. */
  lost(cause: unknown, tasks: { ready: boolean; at: number | undefined; others: readonly number[] }): void;
}

/** A thread of an evaluation and the tasks that it has in hand. */
export class AcquireThread {
  readonly #worker: Worker;
  readonly #owner: ThreadOwner;
  /** In the order in which they were given, which is that of the answers. */
  #inHand: number[] = [];

  constructor(data: AcquireThreadData, owner: ThreadOwner) {
    this.#owner = owner;
    let ready = false;
    let cause: unknown = new Error('a thread ended');
    this.#worker = new Worker(new URL('./acquire-worker.js', import.meta.url), { workerData: data });
    this.#worker.on('message', (reply: AcquireReply) => {
      if (reply === 'ready') {
        ready = true;
        return;
      }
      this.#inHand = this.#inHand.filter((id) => id !== reply.id);
      this.#feed();
      owner.replied(reply);
    });
    this.#worker.on('error', (error) => {
      cause = error;
    });
    // Comes after whatever the thread said last.
    this.#worker.on('exit', () => {
      const [at, ...others] = this.#inHand;
      owner.lost(cause, { ready, at, others });
    });
    // Two under way: it need not wait for us between pictures.
    this.#feed();
    this.#feed();
  }

  /**
   * Lets the thread finish what it is at, then end by itself: one that is ended from outside while a network loads or
   * runs takes the whole process with it (the native library throws where nobody can catch).
   */
  async end(): Promise<void> {
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage('end');
    // Already gone: there is no exit to wait for.
    if (this.#worker.threadId !== -1) await ended.catch(() => {});
  }

  #feed(): void {
    const task = this.#owner.next();
    if (task === undefined) return;
    this.#inHand.push(task.id);
    this.#worker.postMessage(task);
  }
}
