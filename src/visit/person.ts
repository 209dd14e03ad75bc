import type { ReportPerson } from '../contract/report.js';
import type { CardFields } from '../domain/card.js';
import type { PersonRole } from '../domain/service.js';

/** One person of a visit, filled in as the visit goes on. `fields` live in memory only and are dropped at its end. */
export interface VisitPerson {
  readonly role: PersonRole;
  fields?: CardFields | undefined;
  holder?: string;
  card?: NonNullable<ReportPerson['card']>;
  comparison?: NonNullable<ReportPerson['comparison']>;
  liveness?: NonNullable<ReportPerson['liveness']>;
  quality?: number;
  attempts: number;
  consent?: NonNullable<ReportPerson['consent']>;
}

/** What is reported of a person: the fields only sealed, never a picture. */
export function reportPerson({ fields: _unsealed, ...person }: VisitPerson): ReportPerson {
  return person;
}
