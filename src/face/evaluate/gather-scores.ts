import type { EvaluationPlan } from './plan.js';
import type { ProgressStore } from './progress-store.js';
import { countPairs } from './score-plan.js';
import { type SortedScores, sortScores } from './statistics/rates.js';

/** Two templates and how alike they are. */
export interface ScoredPair {
  readonly probe: number;
  readonly reference: number;
  readonly score: number;
}

export interface GroupScores {
  readonly scores: SortedScores;
  /** Pairs of the plan, with those that could not be compared. */
  readonly planned: { readonly genuine: number; readonly impostor: number };
  /** Lowest genuine and highest impostor scores, the worst first. */
  readonly worst: { readonly genuine: readonly ScoredPair[]; readonly impostor: readonly ScoredPair[] };
}

const MOST_WORST = 10;

export type ScoreVisitor = (
  pair: { probe: number; reference: number; genuine: boolean; group: number },
  score: number,
) => void;

/** Every pair of the plan with its score (NaN: not comparable), unit by unit. The pair is one object, used again. */
export async function eachScore(
  plan: EvaluationPlan,
  store: ProgressStore,
  visit: ScoreVisitor,
): Promise<void> {
  let from = 0;
  const pair = { probe: 0, reference: 0, genuine: false, group: 0 };
  for (const unit of plan.units) {
    const scores = await store.read(from, countPairs(unit));
    from += scores.length;
    let at = 0;
    unit.walk((probe, reference, genuine, group) => {
      pair.probe = probe;
      pair.reference = reference;
      pair.genuine = genuine;
      pair.group = group;
      visit(pair, scores[at++] as number);
    });
  }
}

/** Scores of each group of the list, sorted; every score is held once. */
export async function gatherScores(plan: EvaluationPlan, store: ProgressStore): Promise<GroupScores[]> {
  const groups = plan.list.groups.map(() => new Collector());
  await eachScore(plan, store, ({ genuine, group }, score) => {
    groups[group]?.count(genuine, !Number.isNaN(score));
  });
  for (const group of groups) group.makeRoom();
  await eachScore(plan, store, (pair, score) => {
    if (!Number.isNaN(score)) groups[pair.group]?.add(pair, score);
  });
  return groups.map((group) => group.finish());
}

/** All groups in one: their pairs put together, no pair across groups. */
export function pool(groups: readonly GroupScores[]): GroupScores {
  const joined = (side: 'genuine' | 'impostor'): Float32Array => {
    const all = new Float32Array(groups.reduce((sum, { scores }) => sum + scores[side].length, 0));
    let at = 0;
    for (const { scores } of groups) {
      all.set(scores[side], at);
      at += scores[side].length;
    }
    return all;
  };
  const sum = (side: 'genuine' | 'impostor') => groups.reduce((all, { planned }) => all + planned[side], 0);
  return {
    scores: sortScores(joined('genuine'), joined('impostor')),
    planned: { genuine: sum('genuine'), impostor: sum('impostor') },
    worst: { genuine: [], impostor: [] },
  };
}

class Collector {
  readonly #planned = { genuine: 0, impostor: 0 };
  readonly #compared = { genuine: 0, impostor: 0 };
  readonly #worstGenuine = new Worst((score) => score);
  readonly #worstImpostor = new Worst((score) => -score);
  #genuine = new Float32Array(0);
  #impostor = new Float32Array(0);
  #genuineAt = 0;
  #impostorAt = 0;

  count(genuine: boolean, compared: boolean): void {
    const side = genuine ? 'genuine' : 'impostor';
    this.#planned[side]++;
    if (compared) this.#compared[side]++;
  }

  makeRoom(): void {
    this.#genuine = new Float32Array(this.#compared.genuine);
    this.#impostor = new Float32Array(this.#compared.impostor);
  }

  add(pair: { probe: number; reference: number; genuine: boolean }, score: number): void {
    if (pair.genuine) {
      this.#genuine[this.#genuineAt++] = score;
      this.#worstGenuine.offer(pair, score);
    } else {
      this.#impostor[this.#impostorAt++] = score;
      this.#worstImpostor.offer(pair, score);
    }
  }

  finish(): GroupScores {
    return {
      scores: sortScores(this.#genuine, this.#impostor),
      planned: this.#planned,
      worst: { genuine: this.#worstGenuine.pairs, impostor: this.#worstImpostor.pairs },
    };
  }
}

/** Keeps the few with the least `order`. */
class Worst {
  readonly pairs: ScoredPair[] = [];
  readonly #order: (score: number) => number;
  #bar = Number.POSITIVE_INFINITY;

  constructor(order: (score: number) => number) {
    this.#order = order;
  }

  offer({ probe, reference }: { probe: number; reference: number }, score: number): void {
    const order = this.#order(score);
    if (order >= this.#bar) return;
    const before = this.pairs.findIndex((pair) => this.#order(pair.score) > order);
    this.pairs.splice(before < 0 ? this.pairs.length : before, 0, { probe, reference, score });
    if (this.pairs.length > MOST_WORST) this.pairs.pop();
    if (this.pairs.length === MOST_WORST) this.#bar = this.#order((this.pairs.at(-1) as ScoredPair).score);
  }
}
