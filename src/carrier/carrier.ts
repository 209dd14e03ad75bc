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
  type Received,
  receiptSchema,
} from '../contract/carrier-messages.js';
import { TYP, type Typ } from '../contract/envelope.js';
import { holderHash } from '../contract/holder-hash.js';
import { type SiteBundle, siteBundleSchema } from '../contract/site-bundle.js';
import type { CommandResult, Query } from '../contract/terminal-messages.js';
import type { Service } from '../domain/service.js';
import type { Language } from '../domain/visit.js';
import { type Audit, auditChain } from './audit-chain.js';
import { carrierFault } from './errors.js';
import { bundleKeysOf, type CarrierKeys, rootOf, signingKeyAt } from './keys.js';
import { type OpenedReport, openLogs, openQuery, openReport, verifyFromTerminal } from './open-report.js';
import type { CarrierStore, Kept } from './store.js';

/**
 * The carrier's side of the contract, exported as `countersign/carrier`: verify, open, deduplicate, receipt; orders,
 * commands, answers, bundles. Knows nothing of MQTT: whoever uses it moves the messages.
 */
export interface Carrier {
  /**
   * Takes one report. The receipt is only made after the store kept the report; a duplicate gets one again. A report
   * that does not fit (`conflict`) is kept too, and its receipt says that it was not accepted.
   *
   * @throws CARRIER_TERMINAL_UNKNOWN, CARRIER_REPORT_INVALID, CARRIER_STORE_FAILED: then there is no receipt
   */
  receive(terminal: string, jws: string): Promise<{ opened: OpenedReport; kept: Kept; receipt: string }>;
  /** The first half of `receive`: for whoever receipts several reports of one terminal at once. */
  keep(terminal: string, jws: string): Promise<{ opened: OpenedReport; kept: Kept; received: Received }>;
  /** One receipt over reports that were kept, 1 to 50 of one terminal. */
  receipt(terminal: string, received: readonly Received[]): Promise<string>;
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
  /** Log lines that a terminal gathered for `collect-logs`; undefined where the result has none. */
  logs(result: Pick<CommandResult, 'sealed'>): Promise<readonly string[] | undefined>;
  bundle(request: BundleRequest): Promise<string>;
  /** JSON of a message that a terminal signed, with any key that is taken from it. @throws CARRIER_TERMINAL_UNKNOWN, CARRIER_MESSAGE_INVALID */
  verify(typ: Typ, terminal: string, jws: string): Promise<unknown>;
  /** A site bundle that this carrier made. @throws CARRIER_MESSAGE_INVALID */
  readBundle(jws: string): Promise<SiteBundle>;
  /** Numbers that are missing, and places where the chain does not fit. */
  audit(terminal: string): Promise<Audit>;
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
  /** rotate-keys: what `admitNextKeys` made for the terminal's next keys. */
  readonly bundle?: Command['bundle'];
  readonly validForMs?: number;
}

export type BundleRequest = Pick<SiteBundle, 'terminal' | 'site' | 'terminalKey' | 'broker'> &
  Partial<Pick<SiteBundle, 'policy' | 'configuration' | 'keys'>>;

const ORDER_VALID_MS = 10 * 60_000;

export function createCarrier(deps: { keys: CarrierKeys; store: CarrierStore; now?: () => Date }): Carrier {
  const { keys, store, now = () => new Date() } = deps;
  const at = (laterMs = 0): string => new Date(now().getTime() + laterMs).toISOString();

  const sign = async (
    typ: Typ,
    body: object,
    { kid, kty, crv, x, d }: CarrierKeys['root'] = signingKeyAt(keys, at()),
  ): Promise<string> =>
    new CompactSign(Buffer.from(JSON.stringify(body)))
      .setProtectedHeader({ alg: 'EdDSA', typ, kid })
      .sign(await importJWK({ kty, crv, x, d }, 'EdDSA'));
  /** Counts from the seconds of the clock, so that a carrier that lost its store is not behind what it once gave. */
  const next = (counter: string): Promise<number> => store.next(counter, Math.floor(now().getTime() / 1000));
  const keysOf = async (terminal: string) => {
    const found = await store.find(terminal);
    if (found === undefined) throw carrierFault('TERMINAL_UNKNOWN', { details: { terminal } });
    return [found.publicJwk, ...found.formerKeys];
  };

  const carrier: Carrier = {
    store,
    async receive(terminal, jws) {
      const { opened, kept, received } = await carrier.keep(terminal, jws);
      return { opened, kept, receipt: await carrier.receipt(terminal, [received]) };
    },
    async keep(terminal, jws) {
      const opened = await openReport(jws, await keysOf(terminal), keys);
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
      const received: Received = {
        id: report.id,
        seq: report.seq,
        hash,
        accepted: kept !== 'conflict',
        at: at(),
        ...(kept === 'conflict'
          ? { reason: 'it does not fit the reports before it; a person has to look at it' }
          : {}),
      };
      return { opened, kept, received };
    },
    async receipt(terminal, [first, ...also]) {
      const more = also.length === 0 ? {} : { also };
      const body = receiptSchema.parse({ terminal, issuedAt: at(), ...first, ...more });
      return sign(TYP.receipt, body);
    },
    async answer(terminal, jws, numbersOf) {
      const { query, holder, replyTo } = await openQuery(terminal, jws, await keysOf(terminal), keys);
      const numbers = answerBodySchema.parse({ numbers: await numbersOf(holder) });
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
    async command({ terminal, command, arguments: given, bundle, validForMs = ORDER_VALID_MS }) {
      const body: Command = {
        terminal,
        issuedAt: at(),
        id: v7(),
        command,
        counter: await next(`command/${terminal}`),
        expiresAt: at(validForMs),
        ...(given === undefined ? {} : { arguments: given }),
        ...(bundle === undefined ? {} : { bundle }),
      };
      return { id: body.id, jws: await sign(TYP.command, commandSchema.parse(body)) };
    },
    logs: (result) => openLogs(result, keys),
    async bundle(request) {
      const serial = await next(`bundle/${request.terminal}`);
      const body = { version: 1, issuedAt: at(), serial, keys: bundleKeysOf(keys), ...request };
      return sign(TYP.siteBundle, siteBundleSchema.parse(body), keys.root);
    },
    verify: async (typ, terminal, jws) => verifyFromTerminal(typ, jws, await keysOf(terminal)),
    async readBundle(jws) {
      try {
        return siteBundleSchema.parse(await verifyFromTerminal(TYP.siteBundle, jws, [rootOf(keys)]));
      } catch (error) {
        throw carrierFault('MESSAGE_INVALID', { cause: error, details: { typ: TYP.siteBundle } });
      }
    },
    audit: async (terminal) => auditChain(await store.chain(terminal)),
  };
  return carrier;
}
