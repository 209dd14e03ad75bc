import type { Stage } from '../domain/visit.js';

/** What moves a visit from stage to stage. */
export const STEPS = [
  'begin',
  'agree',
  'card-read',
  'face-compared',
  'next-person',
  'ask-carrier',
  'list-shown',
  'end',
  'leave',
  'part-missing',
  'part-back',
] as const;
export type Step = (typeof STEPS)[number];

/**
 * The one table of a visit. What is not in it cannot happen. `end` leads to `done` from everywhere, because a person
 * may always choose the way by hand, and a terminal may always fail.
 */
const TABLE: Readonly<Record<Stage, Readonly<Partial<Record<Step, Stage>>>>> = {
  idle: { begin: 'consent', 'part-missing': 'out-of-service', end: 'done' },
  consent: { agree: 'card', end: 'done' },
  card: { 'card-read': 'face', end: 'done' },
  face: { 'face-compared': 'deciding', end: 'done' },
  deciding: { 'next-person': 'consent', 'ask-carrier': 'asking-carrier', end: 'done' },
  'asking-carrier': { 'list-shown': 'numbers', end: 'done' },
  numbers: { end: 'done' },
  done: { leave: 'idle' },
  'out-of-service': { 'part-back': 'idle' },
};

/** The next stage, or undefined where the step does not fit. Pure. */
export function nextStage(stage: Stage, step: Step): Stage | undefined {
  return TABLE[stage][step];
}

/** The table as a Mermaid state diagram, for ARCHITECTURE.md. */
export function drawMachine(): string {
  const lines = Object.entries(TABLE).flatMap(([from, steps]) =>
    Object.entries(steps).map(([step, to]) => `  ${name(from)} --> ${name(to)}: ${step}`),
  );
  return ['stateDiagram-v2', '  [*] --> idle', ...lines].join('\n');
}

function name(stage: string): string {
  return stage.replaceAll('-', '_');
}
