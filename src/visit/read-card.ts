import { createHash } from 'node:crypto';
import type { CardReader } from '../card/port.js';
import { checkCard } from '../card/port.js';
import type { Clock } from '../clock/port.js';
import { TYP } from '../contract/envelope.js';
import { holderHash } from '../contract/holder-hash.js';
import type { Holder } from '../contract/report.js';
import type { CardFields, CardPhoto } from '../domain/card.js';
import { isCountersignError } from '../domain/errors.js';
import type { Envelope } from '../identity/port.js';
import { judgeCard } from './decide.js';
import { VisitEnding } from './ending.js';
import type { VisitPerson } from './person.js';
import type { VisitDesk } from './visit-desk.js';

export interface CardDeps {
  readonly reader: CardReader;
  readonly envelope: Envelope;
  readonly clock: Clock;
}

/**
 * Waits for the person's card, checks it as a document and seals its fields. Resolves with the photo, which the
 * caller wipes.
 *
 * @throws VisitEnding when the card is refused, or nobody brought one
 */
export async function readCard(
  desk: VisitDesk,
  person: VisitPerson,
  { reader, envelope, clock }: CardDeps,
): Promise<CardPhoto | undefined> {
  const { cardSeconds } = desk.policy;
  const read = await desk
    .within(cardSeconds, (signal) =>
      reader.read(signal, (event) => {
        if (event.type === 'reading')
          desk.show({ cardHint: 'reading', progress: event.received / event.expected });
        else if (event.type === 'place-again') desk.show({ cardHint: event.code });
        else desk.show({ cardHint: event.type });
      }),
    )
    .catch((error: unknown) => {
      if (isCountersignError(error)) {
        if (error.code === 'CARD_NOT_GENUINE') throw new VisitEnding('not-verified', 'card-not-genuine');
        desk.fault(error);
        throw new VisitEnding('failed', 'reader-fault');
      }
      throw error;
    });
  const { fields, photo } = read;
  const checks = checkCard(fields, clock.today(), clock.now().confidence);
  person.fields = fields;
  person.card = {
    kind: fields.kind,
    validUntil: fields.validUntil,
    failedChecks: checks.filter(({ ok }) => !ok).map(({ code }) => code),
    issuerCode: fields.number.slice(0, 6),
  };
  person.holder = await envelope.seal(TYP.holder, holderOf(fields));
  const refused = judgeCard(checks);
  if (refused !== undefined) {
    photo?.bytes.fill(0);
    throw new VisitEnding(refused.outcome, refused.reason);
  }
  return photo;
}

/** Two people of one visit, and the registered holder of an order. @throws VisitEnding */
export function checkHolder(
  person: VisitPerson,
  options: { registered?: { key: string; hash: string } | undefined; others: readonly VisitPerson[] },
): void {
  const number = person.fields?.number ?? '';
  if (options.others.some(({ fields }) => fields?.number === number)) {
    throw new VisitEnding('not-verified', 'same-person-twice');
  }
  const { registered } = options;
  if (registered !== undefined && person.role !== 'new-holder') {
    if (!sameHash(holderHash(registered.key, number), registered.hash)) {
      throw new VisitEnding('not-verified', 'not-registered-holder');
    }
  }
}

/** Compares digests of the two, so that the time taken says nothing. */
function sameHash(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return digest(a).equals(digest(b));
}

/** What is sealed: the card's fields as the contract names them; the ethnic group stays on the terminal. */
function holderOf(fields: CardFields): Holder {
  const { kind, name, nameLatin, sex, birthDate, nationality, address, number, issuer } = fields;
  const { validFrom, validUntil, permitNumber } = fields;
  const optional = { nameLatin, nationality, address, issuer, permitNumber };
  return {
    kind,
    name,
    sex,
    birthDate,
    number,
    validFrom,
    validUntil,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as object),
  };
}
