import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../clock/port.js';
import {
  type Command,
  commandSchema,
  type Order,
  orderSchema,
  type Receipt,
  type Received,
  receiptSchema,
  receivedIn,
} from '../contract/carrier-messages.js';
import { claimsOf } from '../contract/claims.js';
import { TYP } from '../contract/envelope.js';
import { LIMITS } from '../contract/limits.js';
import { parseTopic } from '../contract/topics.js';
import { isCountersignError } from '../domain/errors.js';
import type { TerminalIdentity } from '../identity/port.js';
import { uplinkFault } from './errors.js';

/** What comes down to this terminal: verified, addressed, in time, or dropped and counted. */
export interface Inbox {
  take(topic: string, payload: Buffer): Promise<void>;
  /** Messages dropped since the start. */
  readonly dropped: number;
}

export interface InboxDeps {
  readonly identity: TerminalIdentity;
  readonly clock: Clock;
  /** Told what a receipt claims before its signature is checked; what is given back is called if it does not hold. */
  readonly onReceiptClaimed: (claimed: readonly Received[]) => () => void;
  /** Resolves, durably, to false when something in it fits no report. */
  readonly onReceipt: (receipt: Receipt) => Promise<boolean>;
  /** Durable when it resolves. */
  readonly onOrder: (order: Order) => Promise<void>;
  /** Durable when it resolves. */
  readonly onCommand: (command: Command) => Promise<void>;
  /** False when nobody waits for it. */
  readonly onAnswer: (body: unknown) => boolean;
  readonly logger?: Logger | undefined;
}

/** Receipts examined at a time; what comes on top waits on the line. */
const MOST_RECEIPTS = 200;
/** An order or command may be valid for so long at most: what is recorded does not stay dangerous. */
const LONGEST_VALID_MS = 7 * 86_400_000;
/** A carrier's clock may be ahead of ours by so much. */
const AHEAD_MS = 10 * 60_000;

export function createInbox(deps: InboxDeps): Inbox {
  const { identity, clock, logger } = deps;
  let dropped = 0;
  const receipts = new Set<Promise<void>>();

  const receipt = async (jws: string): Promise<void> => {
    // Nothing but the loan of places rests on it before its signature is checked.
    const body = receiptSchema.parse(claimsOf(jws));
    if (body.terminal !== identity.terminal) throw refused('addressed to another');
    const endLoan = deps.onReceiptClaimed(receivedIn(body));
    // The reports that go in their places leave first: they would wait while a thread is woken for the check.
    await nextTurn();
    await identity.envelope.verify(TYP.receipt, jws).catch((error: unknown) => {
      endLoan();
      throw error;
    });
    const fits = await deps.onReceipt(body);
    for (const { seq, accepted } of receivedIn(body)) {
      if (!accepted) logger?.warn({ seq }, 'the carrier did not accept a report');
    }
    if (!fits) throw refused('fits no report');
  };
  const order = async (jws: string): Promise<void> => {
    const body = orderSchema.parse(await identity.envelope.verify(TYP.order, jws));
    inTime(body);
    await deps.onOrder(body);
  };
  const command = async (jws: string): Promise<void> => {
    const body = commandSchema.parse(await identity.envelope.verify(TYP.command, jws));
    inTime(body);
    await deps.onCommand(body);
  };
  const answer = async (jws: string): Promise<void> => {
    if (!deps.onAnswer(await identity.envelope.verify(TYP.answer, jws))) throw refused('nobody asked');
  };

  /** With a clock that was never set `at` is a moment that has surely passed: what expired before it is expired. */
  const inTime = (body: { terminal: string; issuedAt: string; expiresAt: string }): void => {
    const { at, confidence } = clock.now();
    if (body.terminal !== identity.terminal) throw refused('addressed to another');
    if (body.expiresAt <= at) throw refused('expired');
    const issued = Date.parse(body.issuedAt);
    if (Date.parse(body.expiresAt) - issued > LONGEST_VALID_MS) throw refused('valid for too long');
    if (confidence === 'synchronised' && issued > Date.parse(at) + AHEAD_MS) throw refused('from the future');
  };

  const drop = (name: string, error: unknown): void => {
    dropped++;
    const why = isCountersignError(error) ? (error.details['why'] ?? error.code) : 'not as agreed';
    logger?.warn({ topic: name, why }, 'a message from the broker was dropped');
  };

  return {
    get dropped() {
      return dropped;
    },
    async take(topic, payload) {
      const place = parseTopic(topic);
      const name = place?.name ?? 'unknown';
      try {
        if (place?.terminalId !== identity.terminal) throw refused('topic of another');
        if (payload.length > LIMITS.messageBytes) throw refused('too large');
        const jws = payload.toString('latin1');
        if (name === 'order') await order(jws);
        else if (name === 'command') await command(jws);
        else if (name === 'answer') await answer(jws);
        else if (name !== 'receipt') throw refused('not for terminals');
        else {
          if (receipts.size >= MOST_RECEIPTS) await Promise.race(receipts);
          // Not awaited: the acknowledgements of our own reports come on the same line and must not wait for a commit.
          const examined = receipt(jws)
            .catch((error: unknown) => drop(name, error))
            .finally(() => receipts.delete(examined));
          receipts.add(examined);
        }
      } catch (error) {
        drop(name, error);
      }
    },
  };
}

function refused(why: string) {
  return uplinkFault('MESSAGE_REFUSED', { details: { why } });
}
