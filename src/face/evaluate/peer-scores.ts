import { z } from 'zod';
import { evaluateFault } from './errors.js';
import { eachScore } from './gather-scores.js';
import type { EvaluationPlan } from './plan.js';
import type { ProgressStore } from './progress-store.js';
import { fileField, groupField, parseRow, readCsv } from './read-csv.js';
import type { PeerReport } from './report/report.js';
import { curvesOf } from './report/summarise.js';
import { sortScores } from './statistics/rates.js';

const rowSchema = z.object({
  probe: fileField,
  reference: fileField,
  score: z
    .string()
    .min(1, 'is missing')
    .transform(Number)
    .pipe(z.number({ error: 'is not a number' })),
  group: groupField,
});
const MOST_ROWS = 5_000_000;

const fault = (problem: string, line?: number) =>
  evaluateFault('SCORES_INVALID', { details: line === undefined ? { problem } : { line, problem } });

/**
 * Another system's scores beside ours, on the pairs that both could compare: neither gains by leaving hard pictures
 * out. Which pairs are genuine is the list's to say.
 *
 * @throws EVALUATE_SCORES_INVALID
 */
export async function comparePeer(
  plan: EvaluationPlan,
  store: ProgressStore,
  { name, file }: { readonly name: string; readonly file: string },
): Promise<PeerReport> {
  const theirs = await readScores(plan, file);
  const samples = plan.list.samples.length;
  const groups = plan.list.groups.map(() => ({ ours: new Sides(), theirs: new Sides(), missing: 0 }));
  await eachScore(plan, store, ({ probe, reference, genuine, group }, score) => {
    if (Number.isNaN(score)) return;
    const a = plan.templates[probe];
    const b = plan.templates[reference];
    const here = groups[group];
    if (a === undefined || b === undefined || here === undefined) return;
    const other =
      theirs.get(a.sample * samples + b.sample) ??
      // Where order means nothing, theirs may be the other one.
      (a.kind === b.kind ? theirs.get(b.sample * samples + a.sample) : undefined);
    if (other === undefined) {
      here.missing++;
      return;
    }
    here.ours.add(genuine, score);
    here.theirs.add(genuine, other);
  });
  return {
    name,
    groups: groups.map(({ ours, theirs: other, missing }, i) => ({
      group: plan.list.groups[i] ?? '',
      genuine: ours.genuine.length,
      impostor: ours.impostor.length,
      missing,
      ours: curvesOf(ours.sorted()),
      theirs: curvesOf(other.sorted()),
    })),
  };
}

async function readScores(plan: EvaluationPlan, file: string): Promise<Map<number, number>> {
  const { samples } = plan.list;
  const numbers = new Map(samples.map((sample, index) => [sample.file, index]));
  const scores = new Map<number, number>();
  for await (const row of readCsv(file, fault)) {
    const { probe, reference, score } = parseRow(rowSchema, row, fault);
    const a = numbers.get(probe);
    const b = numbers.get(reference);
    if (a === undefined || b === undefined)
      throw fault('it names a picture that is not in the list', row.line);
    if (scores.size >= MOST_ROWS) throw fault(`more than ${MOST_ROWS} rows`, row.line);
    scores.set(a * samples.length + b, score);
  }
  return scores;
}

class Sides {
  readonly genuine: number[] = [];
  readonly impostor: number[] = [];

  add(genuine: boolean, score: number): void {
    (genuine ? this.genuine : this.impostor).push(score);
  }

  sorted() {
    return sortScores(Float32Array.from(this.genuine), Float32Array.from(this.impostor));
  }
}
