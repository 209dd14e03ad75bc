import type { Logger } from 'pino';
import { v7 } from 'uuid';
import type { Clock } from '../clock/port.js';
import type { Order } from '../contract/carrier-messages.js';
import type { ReportDraft } from '../contract/report.js';
import { isAbort, isCountersignError } from '../domain/errors.js';
import type { Outcome, Reason } from '../domain/outcome.js';
import { PEOPLE_OF_SERVICE, type PersonRole, type Service } from '../domain/service.js';
import type { Outbox } from '../outbox/port.js';
import { compareFace, type FaceDeps } from './compare-face.js';
import { VisitEnding } from './ending.js';
import { reportPerson, type VisitPerson } from './person.js';
import type { AskNumbers } from './port.js';
import { type CardDeps, checkHolder, readCard } from './read-card.js';
import type { VisitDesk } from './visit-desk.js';

export interface VisitDeps extends CardDeps, FaceDeps {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly askNumbers: AskNumbers;
  readonly logger?: Logger;
}

export interface VisitRequest {
  readonly id: string;
  readonly service: Service;
  readonly order?: Order | undefined;
  readonly software: string;
  /** Counts the starts of the service. */
  readonly boot: number;
}

/**
 * One visit from consent to the result on the page. Exactly one report is durable before the result is shown; if it
 * cannot be made durable the result is `failed`, whatever was found. Never rejects.
 */
export async function runVisit(desk: VisitDesk, request: VisitRequest, deps: VisitDeps): Promise<void> {
  const people: VisitPerson[] = [];
  let ending: VisitEnding;
  try {
    await servePeople(desk, request, people, deps);
    ending = new VisitEnding('verified', 'face-matches-card');
  } catch (error) {
    ending = toEnding(error, deps.logger);
  }
  const { clock } = deps;
  try {
    await deps.outbox.append(draftOf(desk, request, people, ending, clock));
  } catch (error) {
    if (isCountersignError(error)) desk.fault(error);
    else deps.logger?.error({ err: error }, 'the report could not be kept');
    ending = new VisitEnding('failed', 'storage-fault');
  }
  if (ending.outcome === 'verified' && request.service === 'numbers-in-my-name') {
    await showNumbers(desk, request, people, deps).catch((error: unknown) => toEnding(error, deps.logger));
  }
  // The names and numbers of the cards end here.
  for (const person of people) person.fields = undefined;
  desk.step('end', { outcome: ending.outcome, reasons: ending.reasons, numbers: undefined });
}

async function servePeople(
  desk: VisitDesk,
  { service, order }: VisitRequest,
  people: VisitPerson[],
  deps: VisitDeps,
): Promise<void> {
  if (service === 'sim-replacement' && order?.registeredHolder === undefined) {
    // Nobody could be compared with: nothing is collected for nothing.
    throw new VisitEnding('inconclusive', 'order-lacks-registered-holder');
  }
  const roles = PEOPLE_OF_SERVICE[service];
  for (const [index, role] of roles.entries()) {
    const place = { role, person: { index: index + 1, of: roles.length } };
    if (index === 0) desk.step('begin', place);
    else desk.step('next-person', place);
    await servePerson(desk, role, people, order?.registeredHolder, deps);
  }
}

async function servePerson(
  desk: VisitDesk,
  role: PersonRole,
  people: VisitPerson[],
  registered: { key: string; hash: string } | undefined,
  deps: VisitDeps,
): Promise<void> {
  const person: VisitPerson = { role, attempts: 0 };
  const others = [...people];
  people.push(person);
  await askConsent(desk, person, deps.clock);
  desk.step('agree');
  const photo = await readCard(desk, person, deps);
  try {
    checkHolder(person, { registered, others });
    desk.step('card-read');
    await compareFace(desk, person, photo, deps);
  } finally {
    photo?.bytes.fill(0);
  }
  desk.step('face-compared');
}

/** The card is not read, and the camera stays shut, before the person agreed. */
async function askConsent(desk: VisitDesk, person: VisitPerson, clock: Clock): Promise<void> {
  const { consentSeconds, consentTextVersion } = desk.policy;
  const { given } = await desk.within(consentSeconds, (signal) => desk.answer(['consent'], signal));
  person.consent = { textVersion: consentTextVersion, language: desk.language(), at: clock.now().at, given };
  if (!given) throw new VisitEnding('declined', 'consent-refused');
}

/** Asks the carrier, shows the list, takes a dispute; the identity is verified and reported already. */
async function showNumbers(
  desk: VisitDesk,
  request: VisitRequest,
  people: readonly VisitPerson[],
  { askNumbers, outbox, clock }: VisitDeps,
): Promise<void> {
  const fields = people[0]?.fields;
  if (fields === undefined) return;
  desk.step('ask-carrier');
  let answer: Awaited<ReturnType<AskNumbers>>;
  try {
    answer = await desk.within(desk.policy.numbersSeconds, (signal) =>
      askNumbers({ number: fields.number, name: fields.name }, signal),
    );
  } catch (error) {
    if (isCountersignError(error)) desk.fault(error);
    return;
  }
  const { query, numbers } = answer;
  desk.step('list-shown', { numbers });
  const known = new Set(numbers.map(({ ref }) => ref));
  const disputed = new Set<string>();
  await desk.within(desk.policy.numbersSeconds, async (signal) => {
    for (;;) {
      const action = await desk.answer(['dispute', 'finish'], signal);
      if (action.type === 'finish') return;
      // Only what was shown can be disputed, and each number once.
      const refs = action.refs.filter((ref) => known.has(ref) && !disputed.has(ref));
      if (refs.length === 0) continue;
      const verified = new VisitEnding('verified', 'face-matches-card');
      const draft = draftOf(desk, { ...request, id: v7() }, people, verified, clock);
      await outbox.append({ ...draft, dispute: { query, refs } });
      for (const ref of refs) disputed.add(ref);
      desk.show({ disputed: [...disputed] });
    }
  });
}

function draftOf(
  desk: VisitDesk,
  { id, service, order, software, boot }: VisitRequest,
  people: readonly VisitPerson[],
  { outcome, reasons }: { outcome: Outcome; reasons: readonly Reason[] },
  clock: Clock,
): ReportDraft {
  const { at, confidence, elapsedMs } = clock.now();
  return {
    id,
    service,
    outcome,
    reasons: [...reasons],
    people: people.map(reportPerson),
    decidedAt: { at, confidence, boot, elapsedMs },
    software,
    policy: desk.policy.version,
    ...(order === undefined ? {} : { order: order.orderId }),
  };
}

function toEnding(error: unknown, logger: Logger | undefined): VisitEnding {
  if (error instanceof VisitEnding) return error;
  if (isAbort(error)) return new VisitEnding('failed', 'terminal-stopped');
  logger?.error({ err: error }, 'a visit failed unexpectedly');
  const code = isCountersignError(error) ? error.code : '';
  if (code.startsWith('CARD_')) return new VisitEnding('failed', 'reader-fault');
  if (code.startsWith('CAMERA_')) return new VisitEnding('failed', 'camera-fault');
  return new VisitEnding('failed', 'face-engine-fault');
}
