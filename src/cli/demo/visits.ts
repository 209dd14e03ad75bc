import type { Outcome, Reason } from '../../domain/outcome.js';
import type { Service } from '../../domain/service.js';
import type { VisitView } from '../../domain/visit.js';
import type { DemoWorld } from './world.js';

/** One visit as people act it out at the counter, and how it has to end. */
export interface DemoVisit {
  readonly title: string;
  readonly service: Service;
  /** Who comes, with which card: one, or two for a transfer. */
  readonly people: readonly { readonly person: string; readonly card: string }[];
  readonly consent?: boolean;
  /** The carrier begins it, naming the registered holder's card. */
  readonly orderedFor?: string;
  readonly dispute?: boolean;
  readonly outcome: Outcome;
  readonly reason: Reason;
}

/** Built from the cast, so that the demo needs no names of its own. */
export function demoVisits(people: readonly string[]): DemoVisit[] {
  const [a = '', b = '', c = ''] = people;
  return [
    {
      title: 'a new number, with the own card',
      service: 'new-number',
      people: [{ person: a, card: a }],
      outcome: 'verified',
      reason: 'face-matches-card',
    },
    {
      title: 'internet access, with the card of another',
      service: 'internet-access',
      people: [{ person: a, card: b }],
      outcome: 'not-verified',
      reason: 'face-does-not-match',
    },
    {
      title: 'internet access, with the own card',
      service: 'internet-access',
      people: [{ person: b, card: b }],
      outcome: 'verified',
      reason: 'face-matches-card',
    },
    {
      title: 'a new number, with an expired card',
      service: 'new-number',
      people: [{ person: a, card: `${a}-expired` }],
      outcome: 'not-verified',
      reason: 'card-expired',
    },
    {
      title: 'a new number, without consent',
      service: 'new-number',
      people: [{ person: b, card: b }],
      consent: false,
      outcome: 'declined',
      reason: 'consent-refused',
    },
    {
      title: 'SIM replacement, ordered by the carrier for the registered holder',
      service: 'sim-replacement',
      people: [{ person: c, card: c }],
      orderedFor: c,
      outcome: 'verified',
      reason: 'face-matches-card',
    },
    {
      title: 'SIM replacement, tried by somebody else with a genuine card of their own',
      service: 'sim-replacement',
      people: [{ person: b, card: b }],
      orderedFor: c,
      outcome: 'not-verified',
      reason: 'not-registered-holder',
    },
    {
      title: 'transfer of a number between two people',
      service: 'transfer',
      people: [
        { person: a, card: a },
        { person: b, card: b },
      ],
      orderedFor: a,
      outcome: 'verified',
      reason: 'face-matches-card',
    },
    {
      title: 'transfer, the second person with the card of another',
      service: 'transfer',
      people: [
        { person: a, card: a },
        { person: c, card: b },
      ],
      orderedFor: a,
      outcome: 'not-verified',
      reason: 'face-does-not-match',
    },
    {
      title: 'numbers in my name, one of them disputed',
      service: 'numbers-in-my-name',
      people: [{ person: a, card: a }],
      dispute: true,
      outcome: 'verified',
      reason: 'face-matches-card',
    },
  ];
}

/** Longest that one stage may take on a small board, with room to spare. */
const STAGE_MS = 60_000;

/** What it takes to act a visit out: somebody's hands at page and devices, and the carrier's point of sale. */
export type Counter = Pick<DemoWorld, 'page' | 'devices' | 'order'>;

/** Acts one visit out; resolves with what the page showed at its end. */
export async function actOut(
  world: Counter,
  visit: DemoVisit,
  say: (line: string) => void,
): Promise<VisitView> {
  const { page, devices } = world;
  await page.until(({ stage }) => stage === 'idle', STAGE_MS, 'the counter to be free');
  await devices.choose({ person: null, card: null });
  if (visit.orderedFor === undefined) await page.start(visit.service);
  else await world.order(visit.service, devices.card(visit.orderedFor).fields.number);

  let view: VisitView = page.view();
  for (const [index, { person, card }] of visit.people.entries()) {
    const here = ({ person: at, stage }: VisitView): boolean =>
      stage === 'done' || at === undefined || at.index === index + 1;
    view = await page.until((each) => here(each) && each.stage !== 'idle', STAGE_MS, `person ${index + 1}`);
    if (view.stage === 'done') return view;
    await page.until((each) => here(each) && each.stage === 'consent', STAGE_MS, 'the consent page');
    const given = visit.consent !== false;
    say(given ? 'consent is given' : 'consent is refused');
    await page.act({ type: 'consent', given });
    if (!given) break;
    await page.until((each) => here(each) && each.stage !== 'consent', STAGE_MS, 'the card page');
    say(`the card of ${card} is placed on the reader, ${person} stands before the camera`);
    await devices.choose({ person, card });
    view = await page.until(
      (each) => each.stage === 'done' || each.stage === 'numbers' || !here(each),
      STAGE_MS,
      'the end of the comparison',
    );
    await devices.choose({ card: null });
  }
  if (visit.dispute === true) await dispute(world, say);
  return page.until(({ stage }) => stage === 'done', STAGE_MS, 'the end of the visit');
}

async function dispute({ page }: Counter, say: (line: string) => void): Promise<void> {
  const { numbers = [] } = await page.until(
    ({ stage }) => stage === 'numbers',
    STAGE_MS,
    "the carrier's list",
  );
  for (const { masked, kind, since } of numbers)
    say(`in this name: ${masked} (${kind}, since ${since ?? 'unknown'})`);
  const last = numbers.at(-1);
  if (last === undefined) throw new Error('the carrier sent an empty list');
  say(`the holder disputes ${last.masked}`);
  await page.act({ type: 'dispute', refs: [last.ref] });
  await page.until(
    ({ disputed = [], stage }) => disputed.length > 0 || stage === 'done',
    STAGE_MS,
    'the dispute',
  );
  await page.act({ type: 'finish' });
}
