import { appendFile, type FileHandle, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isCountersignError } from '../../domain/errors.js';
import type { FaceQuality } from '../../domain/face.js';
import type { FailureReason } from './acquire.js';
import { evaluateFault } from './errors.js';
import { lockFolder } from './folder-lock.js';

/** What is known of a template without its embedding: nothing by which a face could be known again. */
export type TemplateFact =
  | { readonly quality: FaceQuality; readonly bytes: number }
  | { readonly failed: FailureReason; readonly detail?: string };

/**
 * What outlives an interruption, in `DIR/progress`: whether each picture was usable, and the scores of the units that
 * are done. No embedding is ever written; what is missing is made again.
 *
 *   plan.json     what the scores are of; another plan begins anew
 *   facts.jsonl   template number and fact, a line each
 *   scores.f32    scores of units 0, 1, 2 ... in their order; NaN: not comparable
 */
export class ProgressStore {
  readonly facts: Map<number, TemplateFact>;
  readonly #scores: FileHandle;
  readonly #facts: FileHandle;
  readonly #unlock: () => Promise<void>;
  #bytes: number;

  private constructor(
    facts: Map<number, TemplateFact>,
    handles: [FileHandle, FileHandle],
    bytes: number,
    unlock: () => Promise<void>,
  ) {
    this.facts = facts;
    [this.#scores, this.#facts] = handles;
    this.#bytes = bytes;
    this.#unlock = unlock;
  }

  /** @throws EVALUATE_DIRECTORY_UNUSABLE, EVALUATE_DIRECTORY_BUSY */
  static async open(directory: string, fingerprint: string, fresh = false): Promise<ProgressStore> {
    const folder = join(directory, 'progress');
    let unlock: (() => Promise<void>) | undefined;
    try {
      await mkdir(folder, { recursive: true });
      unlock = await lockFolder(directory);
      const plan = join(folder, 'plan.json');
      const known = await readFile(plan, 'utf8').catch(() => '');
      const resumes = !fresh && known === JSON.stringify({ fingerprint });
      if (!resumes) {
        // Emptied before the new plan is named: an interruption in between leaves nothing that is taken for its scores.
        for (const name of ['scores.f32', 'facts.jsonl']) await writeFile(join(folder, name), '');
        await writeFile(plan, JSON.stringify({ fingerprint }));
      }
      const facts = await readFacts(join(folder, 'facts.jsonl'));
      // Whatever a half line was cut off at, the next one begins anew.
      await appendFile(join(folder, 'facts.jsonl'), '\n');
      const scores = await open(join(folder, 'scores.f32'), 'a+');
      const lines = await open(join(folder, 'facts.jsonl'), 'a');
      const { size } = await scores.stat();
      return new ProgressStore(facts, [scores, lines], size, unlock);
    } catch (cause) {
      await unlock?.();
      if (isCountersignError(cause)) throw cause;
      const problem = (cause as NodeJS.ErrnoException).code ?? 'unknown';
      throw evaluateFault('DIRECTORY_UNUSABLE', { cause, details: { directory, problem } });
    }
  }

  /** Scores that are there, counted from the first unit's first. */
  get count(): number {
    return Math.floor(this.#bytes / 4);
  }

  /** Forgets the scores after the first `count`: a unit that was cut off. */
  async keep(count: number): Promise<void> {
    this.#bytes = count * 4;
    await this.#scores.truncate(this.#bytes);
  }

  async read(from: number, count: number): Promise<Float32Array> {
    const scores = new Float32Array(count);
    const bytes = Buffer.from(scores.buffer);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await this.#scores.read(bytes, at, bytes.length - at, from * 4 + at);
      if (bytesRead === 0) throw new Error('scores are missing');
      at += bytesRead;
    }
    return scores;
  }

  async append(scores: Float32Array): Promise<void> {
    await this.#scores.appendFile(new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength));
    this.#bytes += scores.byteLength;
  }

  async note(facts: readonly (readonly [template: number, fact: TemplateFact])[]): Promise<void> {
    for (const [template, fact] of facts) this.facts.set(template, fact);
    await this.#facts.appendFile(facts.map((each) => `${JSON.stringify(each)}\n`).join(''));
  }

  async close(): Promise<void> {
    await this.#scores.close();
    await this.#facts.close();
    await this.#unlock();
  }
}

const factSchema = z.tuple([
  z.number().int().nonnegative(),
  z.union([
    z.object({ failed: z.string(), detail: z.string().optional() }),
    z.object({ quality: z.record(z.string(), z.number()), bytes: z.number() }),
  ]),
]);

async function readFacts(file: string): Promise<Map<number, TemplateFact>> {
  const facts = new Map<number, TemplateFact>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    try {
      const [template, fact] = factSchema.parse(JSON.parse(line));
      facts.set(template, fact as TemplateFact);
    } catch {
      // The last line of an interrupted run may be half there; its picture is looked at again.
    }
  }
  return facts;
}
