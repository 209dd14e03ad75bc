import { randomBytes } from 'node:crypto';
import { CompactEncrypt, CompactSign, importJWK } from 'jose';
import { v7 } from 'uuid';
import {
  type AnswerBody,
  answerBodySchema,
  answerSchema,
  type Command,
  commandSchema,
  type Order,
  orderSchema,
  type Receipt,
  receiptSchema,
} from '../contract/carrier-messages.js';
import { TYP, type Typ } from '../contract/envelope.js';
import { holderHash } from '../contract/holder-hash.js';
import { type SiteBundle, siteBundleSchema } from '../contract/site-bundle.js';
import { type Query, queryBodySchema, querySchema } from '../contract/terminal-messages.js';
import type { Service } from '../domain/service.js';
import type { Language } from '../domain/visit.js';
import { carrierFault } from './errors.js';
import { bundleKeysOf, type CarrierKeys } from './keys.js';
import { type OpenedReport, openReport, openSealed, verifyFromTerminal } from './open-report.js';
import type { CarrierStore } from './store.js';

/**
 * The carrier's side of the contract, exported as `countersign/carrier`: verify, open, deduplicate, receipt; orders,
 * commands, answers, bundles. Knows nothing of MQTT: whoever uses it moves the messages.
 */
export interface Carrier {
  /**
   * Takes one report. The receipt is only made after the store kept the report; a duplicate gets one again.
   *
   * @throws CARRIER_TERMINAL_UNKNOWN, CARRIER_REPORT_INVALID, CARRIER_STORE_FAILED: then there is no receipt
   */
  receive(
    terminal: string,
    jws: string,
  ): Promise<{ opened: OpenedReport; kept: 'new' | 'duplicate' | 'conflict'; receipt: string }>;
  /** Opens a query for the numbers in a holder's name and seals the answer to the key that came with it. */
  answer(
    terminal: string,
    jws: string,
    numbersOf: (holder: {
      number: string;
      name: string;
    }) => AnswerBody['numbers'] | Promise<AnswerBody['numbers']>,
  ): Promise<{ query: Query; answer: string }>;
  order(request: OrderRequest): Promise<{ orderId: string; jws: string }>;
  command(request: CommandRequest): Promise<{ id: string; jws: string }>;
  bundle(request: BundleRequest): Promise<string>;
  /** Numbers that are missing, and places where the chain does not fit. */
  audit(terminal: string): Promise<{ last: number; missing: number[]; broken: number[] }>;
  readonly store: CarrierStore;
}

export interface OrderRequest {
  readonly terminal: string;
  readonly service: Service;
  /** Card number of the registered holder; leaves the carrier only as a keyed hash. */
  readonly registeredHolder?: string;
  readonly language?: Language;
  readonly validForMs?: number;
}

export interface CommandRequest {
  readonly terminal: string;
  readonly command: Command['command'];
  readonly arguments?: Command['arguments'];
  readonly validForMs?: number;
}

export type BundleRequest = Pick<SiteBundle, 'terminal' | 'site' | 'terminalKey' | 'broker'> &
  Partial<Pick<SiteBundle, 'policy' | 'keys'>>;

const ORDER_VALID_MS = 10 * 60_000;

export function createCarrier(deps: { keys: CarrierKeys; store: CarrierStore; now?: () => Date }): Carrier {
  const { keys, store, now = () => new Date() } = deps;
  const at = (laterMs = 0): string => new Date(now().getTime() + laterMs).toISOString();

  const sign = async (typ: Typ, body: object, key = keys.signing): Promise<string> =>
    new CompactSign(Buffer.from(JSON.stringify(body)))
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.kid })
      .sign(await importJWK(key, 'EdDSA'));
  const keyOf = async (terminal: string) => {
    const found = await store.find(terminal);
    if (found === undefined) throw carrierFault('TERMINAL_UNKNOWN', { details: { terminal } });
    return found.publicJwk;
  };

  return {
    store,
    async receive(terminal, jws) {
      const opened = await openReport(jws, await keyOf(terminal), keys);
      const { report, hash } = opened;
      if (report.terminal !== terminal) throw carrierFault('REPORT_INVALID', { details: { terminal } });
      const kept = await store.save({
        terminal,
        seq: report.seq,
        id: report.id,
        hash,
        previous: report.previous,
        chainRestarted: report.chainRestarted !== undefined,
        jws,
        at: at(),
      });
      const body: Receipt = {
        terminal,
        issuedAt: at(),
        id: report.id,
        seq: report.seq,
        hash,
        accepted: kept !== 'conflict',
        at: at(),
        ...(kept === 'conflict' ? { reason: 'another report has this number' } : {}),
      };
      return { opened, kept, receipt: await sign(TYP.receipt, receiptSchema.parse(body)) };
    },
    async answer(terminal, jws, numbersOf) {
      const query = querySchema.parse(await verifyFromTerminal(TYP.query, jws, await keyOf(terminal)));
      if (query.terminal !== terminal) throw carrierFault('REPORT_INVALID', { details: { terminal } });
      const { number, name, replyTo } = queryBodySchema.parse(
        await openSealed(TYP.queryBody, query.sealed, keys),
      );
      const numbers = answerBodySchema.parse({ numbers: await numbersOf({ number, name }) });
      const sealed = await new CompactEncrypt(Buffer.from(JSON.stringify(numbers)))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', typ: TYP.answerBody })
        .encrypt(await importJWK(replyTo, 'ECDH-ES'));
      const body = answerSchema.parse({ terminal, issuedAt: at(), query: query.id, sealed });
      return { query, answer: await sign(TYP.answer, body) };
    },
    async order({ terminal, service, registeredHolder, language, validForMs = ORDER_VALID_MS }) {
      const key = randomBytes(32).toString('base64url');
      const body: Order = {
        terminal,
        issuedAt: at(),
        orderId: `order-${v7()}`,
        service,
        expiresAt: at(validForMs),
        ...(language === undefined ? {} : { language }),
        ...(registeredHolder === undefined
          ? {}
          : { registeredHolder: { key, hash: holderHash(key, registeredHolder) } }),
      };
      return { orderId: body.orderId, jws: await sign(TYP.order, orderSchema.parse(body)) };
    },
    async command({ terminal, command, arguments: given, validForMs = ORDER_VALID_MS }) {
      const body: Command = {
        terminal,
        issuedAt: at(),
        id: v7(),
        command,
        counter: await store.next(`command/${terminal}`),
        expiresAt: at(validForMs),
        ...(given === undefined ? {} : { arguments: given }),
      };
      return { id: body.id, jws: await sign(TYP.command, commandSchema.parse(body)) };
    },
    async bundle(request) {
      const serial = await store.next(`bundle/${request.terminal}`);
      const body = { version: 1, issuedAt: at(), serial, keys: bundleKeysOf(keys), ...request };
      return sign(TYP.siteBundle, siteBundleSchema.parse(body), keys.root);
    },
    async audit(terminal) {
      const chain = await store.chain(terminal);
      const missing: number[] = [];
      const broken: number[] = [];
      let expected = 1;
      let before: string | undefined;
      for (const { seq, hash, previous, chainRestarted } of chain) {
        for (; expected < seq; expected++) missing.push(expected);
        const follows = missing.at(-1) === seq - 1 || chainRestarted || previous === before;
        if (!follows) broken.push(seq);
        before = hash;
        expected = seq + 1;
      }
      return { last: chain.at(-1)?.seq ?? 0, missing, broken };
    },
  };
}
