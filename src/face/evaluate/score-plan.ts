import type { EmbeddingModel } from '../embed/model.js';
import type { Acquired } from './acquire.js';
import { acquireAll } from './acquire-pool.js';
import type { EvaluationPlan, PlanUnit, TemplateKind } from './plan.js';
import type { ProgressStore, TemplateFact } from './progress-store.js';
import { Templates } from './templates.js';
import type { AcquireThreadData } from './thread-messages.js';

export interface Progress {
  readonly picturesDone: number;
  /** To be looked at in this run; an interrupted one may have done others. */
  readonly pictures: number;
  readonly pairsDone: number;
  readonly pairs: number;
}

export interface ScoreOptions {
  readonly compare: EmbeddingModel['compare'];
  readonly thread: AcquireThreadData;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

const TELL_EVERY = 1 << 16;
const FAILURES_AT_ONCE = 8;

/**
 * Scores every pair of the plan that `store` has no score of. Pictures are looked at in the order in which units need
 * them; a unit is scored and kept as soon as its last template is there.
 *
 * @returns how many pictures were looked at in this run
 */
export async function scorePlan(
  plan: EvaluationPlan,
  store: ProgressStore,
  { compare, thread, jobs, signal, onProgress }: ScoreOptions,
): Promise<number> {
  const sizes = plan.units.map(countPairs);
  const pairs = sizes.reduce((sum, size) => sum + size, 0);
  let { unit, pairsDone } = unitsDone(sizes, store.count);
  await store.keep(pairsDone);
  const tasks = tasksOf(plan, unit, store.facts);
  const templates = new Templates(plan.templates.length, compare);
  const known = new Uint8Array(plan.templates.length);
  for (const [template, fact] of store.facts) if ('failed' in fact) known[template] = 1;
  const facts: [number, TemplateFact][] = [];
  // Pictures that fail take the longest: kept early, so that a run that is killed need not look at them again.
  const failures: [number, TemplateFact][] = [];
  let picturesDone = 0;
  const tell = (more = 0): void =>
    onProgress({ picturesDone, pictures: tasks.length, pairsDone: pairsDone + more, pairs });
  let seen = 0;

  const scoreReady = async (): Promise<void> => {
    for (let here = plan.units[unit]; here !== undefined; here = plan.units[unit]) {
      const wanted = here.templates();
      while (seen < wanted.length && known[wanted[seen] as number] === 1) seen++;
      if (seen < wanted.length) {
        if (failures.length >= FAILURES_AT_ONCE) await store.note(failures.splice(0));
        return;
      }
      const scores = scoreUnit(here, sizes[unit] as number, templates, tell);
      await store.note([...failures.splice(0), ...facts.splice(0)]);
      await store.append(scores);
      pairsDone += scores.length;
      unit++;
      seen = 0;
      tell();
    }
  };

  let scoring: Promise<void> = Promise.resolve();
  const stop = new AbortController();
  try {
    tell();
    await acquireAll(
      tasks,
      thread,
      { jobs, signal: AbortSignal.any([signal, stop.signal]) },
      (task, answers) => {
        for (const [kind, answer] of Object.entries(answers)) {
          const template = tasks[task]?.templates[kind as TemplateKind];
          if (template === undefined) continue;
          known[template] = 1;
          ('failed' in answer ? failures : facts).push([template, factOf(answer)]);
          if ('embedding' in answer) templates.set(template, answer.embedding);
        }
        picturesDone++;
        tell();
        scoring = scoring.then(scoreReady);
        // A full disk ends the run now, not after the last picture.
        scoring.catch((error: unknown) => stop.abort(error));
      },
    );
    await scoring;
    await scoreReady();
  } finally {
    await scoring.catch(() => {});
    templates.wipe();
    await store.note(failures).catch(() => {});
  }
  return picturesDone;
}

function scoreUnit(
  unit: PlanUnit,
  size: number,
  templates: Templates,
  tell: (more: number) => void,
): Float32Array {
  const scores = new Float32Array(size);
  let at = 0;
  unit.walk((probe, reference) => {
    scores[at++] = templates.score(probe, reference);
    if (at % TELL_EVERY === 0) tell(at);
  });
  return scores;
}

export function countPairs(unit: PlanUnit): number {
  let count = 0;
  unit.walk(() => {
    count++;
  });
  return count;
}

function unitsDone(sizes: readonly number[], scores: number): { unit: number; pairsDone: number } {
  let unit = 0;
  let pairsDone = 0;
  while (unit < sizes.length && pairsDone + (sizes[unit] as number) <= scores) {
    pairsDone += sizes[unit] as number;
    unit++;
  }
  return { unit, pairsDone };
}

interface Task {
  readonly path: string;
  readonly kinds: TemplateKind[];
  readonly templates: Partial<Record<TemplateKind, number>>;
}

/** The pictures that units from `first` on need, each once with all that is wanted of it. */
function tasksOf(plan: EvaluationPlan, first: number, facts: ReadonlyMap<number, TemplateFact>): Task[] {
  const needed = new Set<number>();
  for (const unit of plan.units.slice(first)) for (const template of unit.templates()) needed.add(template);
  const tasks = new Map<number, Task>();
  for (const template of needed) {
    const fact = facts.get(template);
    const role = plan.templates[template];
    if (role === undefined || (fact !== undefined && 'failed' in fact)) continue;
    const { sample, kind } = role;
    const path = plan.list.samples[sample]?.path ?? '';
    const task = tasks.get(sample) ?? { path, kinds: [], templates: {} };
    task.kinds.push(kind);
    task.templates[kind] = template;
    tasks.set(sample, task);
  }
  return [...tasks.values()];
}

function factOf(answer: Acquired): TemplateFact {
  if ('failed' in answer) return answer;
  return { quality: answer.quality, bytes: answer.bytes };
}
