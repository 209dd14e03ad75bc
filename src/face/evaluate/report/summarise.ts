import type { EmbeddingModel } from '../../embed/model.js';
import { thresholdAt } from '../../embed/threshold.js';
import { type GroupScores, pool, type ScoredPair } from '../gather-scores.js';
import type { EvaluationPlan, TemplateKind } from '../plan.js';
import type { TemplateFact } from '../progress-store.js';
import { detCurve, histogramOf } from '../statistics/curves.js';
import { wilson } from '../statistics/interval.js';
import {
  equalErrorRate,
  isThin,
  ratesAt,
  type SortedScores,
  supports,
  thresholdForFmr,
} from '../statistics/rates.js';
import type {
  AcquisitionReport,
  Curves,
  FailureReport,
  GroupReport,
  InForceReport,
  NamedPair,
} from './report.js';

/** False-match rates at which systems are compared. */
export const TARGETS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] as const;

export const ROLE_NAMES: Readonly<Record<TemplateKind, string>> = {
  photo: 'photograph',
  card: 'card photo',
  'simulated-card': 'simulated card photo',
};

/** What both rates say of one set of scores. `lost`: genuine pairs that could not be compared. */
export function curvesOf(scores: SortedScores, lost = 0): Curves {
  const eer = equalErrorRate(scores);
  const usable = eer !== undefined;
  return {
    ...(usable ? { eer } : {}),
    rates: TARGETS.filter((target) => usable && supports(scores, target)).map((targetFmr) => {
      const rates = ratesAt(scores, thresholdForFmr(scores, targetFmr));
      const all = scores.genuine.length + lost;
      return {
        targetFmr,
        thin: isThin(scores, targetFmr),
        ...rates,
        fnmrWithFailures: (rates.falseNonMatches + lost) / (all || 1),
      };
    }),
    unsupported: TARGETS.filter((target) => !usable || !supports(scores, target)),
    det: detCurve(scores),
  };
}

/** Each group, before them all in one where there are several. */
export function describeGroups(plan: EvaluationPlan, gathered: readonly GroupScores[]): GroupReport[] {
  const names = plan.list.groups;
  const each = names.map((name, i) => describeGroup(plan, name, gathered[i] as GroupScores, i));
  return names.length < 2 ? each : [describeGroup(plan, 'all groups', pool(gathered)), ...each];
}

function describeGroup(
  plan: EvaluationPlan,
  name: string,
  { scores, planned, worst }: GroupScores,
  group?: number,
): GroupReport {
  const here = plan.list.samples.filter((sample) => group === undefined || sample.group === group);
  const people = new Set(here.map(({ identity }) => identity));
  const { genuine, impostor } = scores;
  const named = ({ probe, reference, score }: ScoredPair): NamedPair => ({
    probe: fileOf(plan, probe),
    reference: fileOf(plan, reference),
    score,
  });
  return {
    group: name,
    pictures: here.length,
    ...(people.has(-1) ? {} : { people: people.size }),
    genuine: { planned: planned.genuine, compared: genuine.length },
    impostor: { planned: planned.impostor, compared: impostor.length },
    ...curvesOf(scores, planned.genuine - genuine.length),
    histogram: histogramOf(scores),
    worstGenuine: worst.genuine.map(named),
    worstImpostor: worst.impostor.map(named),
  };
}

export function fileOf({ templates, list }: EvaluationPlan, template: number): string {
  return list.samples[templates[template]?.sample ?? -1]?.file ?? '';
}

/** Failure to acquire of each group and role, and the pictures it happened with. */
export function describeAcquisition(
  plan: EvaluationPlan,
  facts: ReadonlyMap<number, TemplateFact>,
): { acquisition: AcquisitionReport[]; failures: FailureReport[] } {
  const counts = new Map<
    string,
    { group: string; role: string; tried: number; failed: number; none: number }
  >();
  const failures: FailureReport[] = [];
  const photographed = new Set(
    plan.templates.filter(({ kind }) => kind === 'photo').map(({ sample }) => sample),
  );
  for (const [template, { sample, kind }] of plan.templates.entries()) {
    const fact = facts.get(template);
    const { group: index, file } = plan.list.samples[sample] ?? { group: -1, file: '' };
    const group = plan.list.groups[index] ?? '';
    const role = ROLE_NAMES[kind];
    if (fact === undefined) continue;
    const key = `${index} ${kind}`;
    const count = counts.get(key) ?? { group, role, tried: 0, failed: 0, none: 0 };
    counts.set(key, count);
    count.tried++;
    if (!('failed' in fact)) continue;
    const { failed: reason, detail } = fact;
    count[reason === 'no-source' ? 'none' : 'failed']++;
    // The picture itself is listed; the card that could not be made of it need not be.
    if (reason === 'no-source' && photographed.has(sample)) continue;
    failures.push({ file, group, role, reason, ...(detail === undefined ? {} : { detail }) });
  }
  const acquisition = [...counts.values()].map(({ group, role, tried, failed, none }) => {
    const attempted = tried - none;
    const rate = failed / (attempted || 1);
    return { group, role, attempted, failed, rate, interval: wilson(failed, attempted), noSource: none };
  });
  return { acquisition, failures };
}

/** At the thresholds that the terminal would decide by. */
export function describeInForce(
  plan: EvaluationPlan,
  gathered: readonly GroupScores[],
  model: EmbeddingModel,
): InForceReport[] {
  const found: InForceReport[] = [];
  for (const targetFmr of TARGETS) {
    let chosen: ReturnType<typeof thresholdAt>;
    try {
      chosen = thresholdAt(model, targetFmr);
    } catch {
      // Its calibration does not reach down so far.
      continue;
    }
    const { threshold, group: strictest, extrapolated } = chosen;
    const groups = plan.list.groups.map((group, i) => ({
      group,
      ...ratesAt((gathered[i] as GroupScores).scores, threshold),
    }));
    found.push({ targetFmr, threshold, strictest, extrapolated, groups });
  }
  return found;
}
