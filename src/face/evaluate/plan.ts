import { evaluateFault } from './errors.js';
import type { EvaluationList, Sample } from './list.js';
import { sampler, shareOut } from './sampling.js';

/** How a picture is taken: as a photograph like others, as the photo of a card that it is, or made one. */
export type TemplateKind = 'photo' | 'card' | 'simulated-card';

/** One side of comparisons: a sample, taken in one way. Its embedding is made once. */
export interface TemplateRole {
  readonly sample: number;
  readonly kind: TemplateKind;
  /** What it is in comparisons; `both` where order does not matter. */
  readonly role: 'probe' | 'reference' | 'both';
}

/** Called for each pair of a unit, always in the same order. `probe` and `reference` are indices of templates. */
export type PairVisitor = (probe: number, reference: number, genuine: boolean, group: number) => void;

/** Pairs that are scored in one go once all their templates are there; the unit of resuming. */
export interface PlanUnit {
  templates(): readonly number[];
  walk(visit: PairVisitor): void;
}

export interface EvaluationPlan {
  readonly list: EvaluationList;
  readonly card: CardSide;
  readonly templates: readonly TemplateRole[];
  readonly units: readonly PlanUnit[];
  /** Groups of which not every impostor (or genuine) pair is compared, with the share that is. */
  readonly sampled: readonly {
    readonly group: string;
    readonly impostor: number;
    readonly genuine: number;
  }[];
}

export type CardSide = 'probe' | 'reference' | 'none';

export interface PlanOptions {
  /** Which side is made a card photo. */
  readonly card: CardSide;
  /** Bound on the impostor pairs that are made of files, and on the genuine ones. */
  readonly mostPairs: number;
  readonly seed: number;
}

/** Pairs of a list that are scored together. */
const SLICE = 500;

export function planEvaluation(list: EvaluationList, options: PlanOptions): EvaluationPlan {
  return list.pairs === undefined ? planFiles(list, options) : planPairs(list, options);
}

/** Every template once, however many pairs it stands in. */
class Templates {
  readonly all: TemplateRole[] = [];
  readonly #known = new Map<string, number>();

  indexOf(sample: number, kind: TemplateKind, role: TemplateRole['role']): number {
    const key = `${sample} ${kind}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      const before = this.all[known] as TemplateRole;
      if (before.role !== role) this.all[known] = { ...before, role: 'both' };
      return known;
    }
    this.#known.set(key, this.all.length);
    this.all.push({ sample, kind, role });
    return this.all.length - 1;
  }
}

function planPairs(list: EvaluationList, { card }: PlanOptions): EvaluationPlan {
  const { probe, reference, genuine, group } = list.pairs as NonNullable<EvaluationList['pairs']>;
  const templates = new Templates();
  const side = (samples: Int32Array, role: 'probe' | 'reference'): Int32Array =>
    samples.map((sample) => templates.indexOf(sample, card === role ? 'simulated-card' : 'photo', role));
  const probes = side(probe, 'probe');
  const references = side(reference, 'reference');
  const units: PlanUnit[] = [];
  for (let start = 0; start < probes.length; start += SLICE) {
    const end = Math.min(probes.length, start + SLICE);
    units.push({
      templates: () => [...new Set([...probes.subarray(start, end), ...references.subarray(start, end)])],
      walk(visit) {
        for (let i = start; i < end; i++) {
          visit(probes[i] as number, references[i] as number, genuine[i] === 1, group[i] as number);
        }
      },
    });
  }
  return { list, card, templates: templates.all, units, sampled: [] };
}

interface Side {
  readonly template: number;
  readonly sample: number;
  readonly identity: number;
}

interface Sides {
  readonly probes: readonly Side[];
  readonly references: readonly Side[];
  /** Both sides are the same templates: each pair once. */
  readonly symmetric: boolean;
}

/** All genuine and all impostor pairs within each group; a picture is never compared with itself. */
function planFiles(list: EvaluationList, { card, mostPairs, seed }: PlanOptions): EvaluationPlan {
  const templates = new Templates();
  const groups = list.groups.map((_, group) => sidesOf(list.samples, group, card, templates));
  const counts = groups.map(countPairs);
  const impostorShares = shareOut(
    counts.map(({ impostor }) => impostor),
    mostPairs,
  );
  const genuineShares = shareOut(
    counts.map(({ genuine }) => genuine),
    mostPairs,
  );
  const part = (share: number | undefined, of: number): number => (of === 0 ? 1 : (share ?? 0) / of);
  const chances = counts.map(({ genuine, impostor }, i) => ({
    genuine: part(genuineShares[i], genuine),
    impostor: part(impostorShares[i], impostor),
  }));
  const units = groups.map((sides, group): PlanUnit => {
    const { genuine = 1, impostor = 1 } = chances[group] ?? {};
    return {
      templates: () => [...new Set([...sides.probes, ...sides.references].map(({ template }) => template))],
      walk(visit) {
        const takesGenuine = sampler(genuine, seed + 2 * group);
        const takesImpostor = sampler(impostor, seed + 2 * group + 1);
        eachPair(sides, (probe, reference) => {
          const same = probe.identity === reference.identity;
          if (same ? takesGenuine() : takesImpostor()) visit(probe.template, reference.template, same, group);
        });
      },
    };
  });
  const sampled = list.groups
    .map((name, i) => ({ group: name, impostor: 1, genuine: 1, ...chances[i] }))
    .filter(({ impostor, genuine }) => impostor < 1 || genuine < 1);
  return { list, card, templates: templates.all, units, sampled };
}

function sidesOf(samples: readonly Sample[], group: number, card: CardSide, templates: Templates): Sides {
  const here = samples
    .map((sample, index) => ({ ...sample, index }))
    .filter((sample) => sample.group === group);
  // Where cards are in the list, whatever is not one is a live picture.
  const cards = here.filter(({ role }) => role === 'card');
  if (cards.length > 0 && card !== 'none') {
    throw evaluateFault('LIST_INVALID', { details: { problem: 'it has photos of cards: leave out --card' } });
  }
  const symmetric = cards.length === 0 && card === 'none';
  const make = (side: 'probe' | 'reference', among: typeof here): Side[] =>
    among.map(({ index, identity, role }) => {
      const kind = role === 'card' ? 'card' : card === side ? 'simulated-card' : 'photo';
      return {
        template: templates.indexOf(index, kind, symmetric ? 'both' : side),
        sample: index,
        identity,
      };
    });
  const probes = make('probe', cards.length === 0 ? here : here.filter(({ role }) => role !== 'card'));
  const references = symmetric ? probes : make('reference', cards.length === 0 ? here : cards);
  return { probes, references, symmetric };
}

function eachPair(
  { probes, references, symmetric }: Sides,
  visit: (probe: Side, reference: Side) => void,
): void {
  for (let p = 0; p < probes.length; p++) {
    const probe = probes[p] as Side;
    for (let r = symmetric ? p + 1 : 0; r < references.length; r++) {
      const reference = references[r] as Side;
      if (probe.sample !== reference.sample) visit(probe, reference);
    }
  }
}

/** By the numbers of pictures of each person, without walking over every pair. */
function countPairs({ probes, references, symmetric }: Sides): { genuine: number; impostor: number } {
  const probesOf = countBy(probes);
  const referencesOf = countBy(references);
  const inBoth = new Set(probes.map(({ sample }) => sample));
  const selves = references.filter(({ sample }) => inBoth.has(sample)).length;
  let genuine = -selves;
  for (const [identity, count] of probesOf) genuine += count * (referencesOf.get(identity) ?? 0);
  const all = probes.length * references.length - selves;
  const once = symmetric ? 2 : 1;
  return { genuine: genuine / once, impostor: (all - genuine) / once };
}

function countBy(sides: readonly Side[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { identity } of sides) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  return counts;
}
