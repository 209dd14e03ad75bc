import type { z } from 'zod';
import {
  answerBodySchema,
  answerSchema,
  commandSchema,
  orderSchema,
  receiptSchema,
} from './carrier-messages.js';
import { enrolmentProofSchema, enrolmentSchema } from './enrolment.js';
import { TYP, type Typ } from './envelope.js';
import { holderSchema, reportSchema } from './report.js';
import { siteBundleSchema } from './site-bundle.js';
import {
  commandResultSchema,
  healthSchema,
  logsBodySchema,
  orderStateSchema,
  queryBodySchema,
  querySchema,
  statusSchema,
} from './terminal-messages.js';
import type { TopicName } from './topics.js';

export interface MessageEntry {
  readonly schema: z.ZodType;
  /** `typ` of its JWS; absent where the body is the plain JSON. */
  readonly typ?: Typ;
  /** What is sealed inside it: field, `typ` of the JWE, and the schema's name. */
  readonly sealed?: { readonly field: string; readonly typ: Typ; readonly body: keyof typeof INNER };
  readonly says: string;
}

/** What each topic carries: the table from which schemas and AsyncAPI are written and traffic is judged. */
export const MESSAGES: Readonly<Record<TopicName, MessageEntry>> = {
  status: { schema: statusSchema, says: 'How the terminal is; also its will.' },
  health: { schema: healthSchema, says: 'Counts and measures, every minute.' },
  report: {
    schema: reportSchema,
    typ: TYP.report,
    sealed: { field: 'people[].holder', typ: TYP.holder, body: 'holder' },
    says: 'How one visit ended. Sent again until its receipt comes.',
  },
  receipt: {
    schema: receiptSchema,
    typ: TYP.receipt,
    says: "The carrier keeps a report, or several: only this removes them from the terminal's queue.",
  },
  order: { schema: orderSchema, typ: TYP.order, says: 'Starts a visit.' },
  orderState: { schema: orderStateSchema, typ: TYP.orderState, says: 'Where the visit for an order stands.' },
  query: {
    schema: querySchema,
    typ: TYP.query,
    sealed: { field: 'sealed', typ: TYP.queryBody, body: 'query-body' },
    says: "Which numbers stand in a verified holder's name?",
  },
  answer: {
    schema: answerSchema,
    typ: TYP.answer,
    sealed: { field: 'sealed', typ: TYP.answerBody, body: 'answer-body' },
    says: 'The numbers, sealed to the one-time key of the query.',
  },
  command: {
    schema: commandSchema,
    typ: TYP.command,
    says: 'Tells the terminal to do something, once. rotate-keys asks for the next keys; with a bundle it puts them in force.',
  },
  commandResult: {
    schema: commandResultSchema,
    typ: TYP.commandResult,
    sealed: { field: 'sealed', typ: TYP.logs, body: 'logs-body' },
    says: 'How a command ended, and what it gathered: log lines, or the next keys and the site bundle in force.',
  },
};

/** What is sealed inside messages. */
export const INNER = {
  holder: holderSchema,
  'query-body': queryBodySchema,
  'answer-body': answerBodySchema,
  'logs-body': logsBodySchema,
} as const;

/** What is handed over by file. */
export const FILES: Readonly<Record<string, z.ZodType>> = {
  enrolment: enrolmentSchema,
  'enrolment-proof': enrolmentProofSchema,
  'site-bundle': siteBundleSchema,
};

/** Name of a topic's schema file, e.g. `order-state`. */
export function schemaName(topic: TopicName): string {
  return topic.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
