import { CompactSign, importJWK, type JWK } from 'jose';
import { v7 } from 'uuid';
import { bundleKeysOf, type CarrierKeys, createCarrierKeys } from '#built/carrier/keys.js';
import type { Clock } from '#built/clock/port.js';
import type { Command, Order, Receipt } from '#built/contract/carrier-messages.js';
import { TYP, type Typ } from '#built/contract/envelope.js';
import type { CarrierKey } from '#built/contract/site-bundle.js';
import type { TopicName } from '#built/contract/topics.js';
import { topicOf } from '#built/contract/topics.js';
import { createEnvelope } from '#built/identity/envelope.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { createCommandDesk } from '#built/uplink/command-desk.js';
import { createInbox } from '#built/uplink/inbox.js';
import { createOrderGuard } from '#built/uplink/order-guard.js';
import { createRate } from '#built/uplink/rate.js';
import { createMemoryOutbox } from '../integration/memory-outbox.js';

export const TERMINAL = 'fuzz-1';
export const NOW = Date.parse('2026-11-24T10:00:00.000Z');
export const at = (laterMs = 0): string => new Date(NOW + laterMs).toISOString();
export const MINUTE = 60_000;

const clock: Clock = {
  now: () => ({ at: at(), confidence: 'synchronised', elapsedMs: 1 }),
  elapsed: () => 1,
  sleep: () => Promise.resolve(),
  today: () => '2026-11-24',
};

/** Signs anything with any key under any header, as nobody else would. */
export async function sign(typ: string, body: unknown, key: JWK, header: object = {}): Promise<string> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.kid ?? '', ...header })
    .sign(await importJWK(key, 'EdDSA'));
}

export interface Stage {
  readonly keys: CarrierKeys;
  readonly key: JWK;
  readonly revoked: JWK;
  readonly orders: Order[];
  readonly commands: Command[];
  readonly confirmed: () => Promise<number>;
  readonly facts: ReadonlyMap<string, string>;
  /** Everything that may have an effect, as one number per kind. */
  effects(): Promise<string>;
  take(name: TopicName, payload: string | Buffer, terminal?: string): Promise<void>;
  dropped(): number;
  /** A new process over the same durable facts. */
  restart(): Promise<void>;
  append(): Promise<Pick<Receipt, 'id' | 'seq' | 'hash'>>;
}

/** The terminal's side of what comes down, joined as create-uplink joins it, without a line. */
export async function setStage(): Promise<Stage> {
  const [keys, other] = await Promise.all([createCarrierKeys(), createCarrierKeys()]);
  const [signing] = keys.signing;
  const [gone] = other.signing;
  if (signing === undefined || gone === undefined) throw new Error('no keys');
  const former: CarrierKey = {
    kid: gone.kid,
    kty: gone.kty,
    crv: gone.crv,
    x: gone.x,
    use: 'sig',
    revoked: true,
  };
  const envelope = createEnvelope([...bundleKeysOf(keys), former], () => at());
  const identity = { terminal: TERMINAL, envelope } as unknown as TerminalIdentity;
  const outbox = createMemoryOutbox((draft, { seq }) =>
    Promise.resolve(`a.${Buffer.from(draft.id).toString('base64url')}.${seq}`),
  );
  const orders: Order[] = [];
  const commands: Command[] = [];

  const open = async () => {
    const guard = createOrderGuard(outbox);
    const desk = createCommandDesk({
      outbox,
      clock,
      rate: createRate(2, () => 1),
      terminal: TERMINAL,
      execute: async (command) => {
        commands.push(command);
        return { result: 'done' };
      },
      tell: async () => {},
    });
    await desk.begin();
    return createInbox({
      identity,
      clock,
      onReceiptClaimed: () => () => {},
      onReceipt: (body) => outbox.confirm(body),
      onAnswer: () => false,
      onOrder: async (order) => {
        if (!(await guard.admit(order, at()))) throw new Error('replayed');
        orders.push(order);
      },
      onCommand: async (command) => {
        if ((await desk.take(command)) === 'replayed') throw new Error('replayed');
      },
    });
  };
  let inbox = await open();
  let droppedBefore = 0;
  const confirmed = async (): Promise<number> => (await outbox.counts()).confirmed;
  return {
    keys,
    key: signing,
    revoked: gone,
    orders,
    commands,
    confirmed,
    facts: outbox.facts,
    effects: async () =>
      [orders.length, commands.length, await confirmed(), outbox.facts.get('uplink/rate') ?? ''].join(' '),
    take: (name, payload, terminal = TERMINAL) => inbox.take(topicOf(terminal, name), Buffer.from(payload)),
    dropped: () => droppedBefore + inbox.dropped,
    async restart() {
      droppedBefore += inbox.dropped;
      inbox = await open();
    },
    async append() {
      const id = v7();
      const draft = { id } as unknown as Parameters<typeof outbox.append>[0];
      return { id, ...(await outbox.append(draft)) };
    },
  };
}

export const order = (fields: Partial<Order> = {}): Order => ({
  terminal: TERMINAL,
  issuedAt: at(-1000),
  orderId: `order-${v7()}`,
  service: 'new-number',
  expiresAt: at(10 * MINUTE),
  ...fields,
});

let counter = 0;
export const command = (fields: Partial<Command> = {}): Command => ({
  terminal: TERMINAL,
  issuedAt: at(-1000),
  id: v7(),
  command: 'collect-logs',
  counter: ++counter,
  expiresAt: at(10 * MINUTE),
  ...fields,
});

export const receipt = (
  of: Pick<Receipt, 'id' | 'seq' | 'hash'>,
  fields: Partial<Receipt> = {},
): Receipt => ({
  terminal: TERMINAL,
  issuedAt: at(),
  ...of,
  accepted: true,
  at: at(),
  ...fields,
});

export const TYP_OF = { order: TYP.order, command: TYP.command, receipt: TYP.receipt } satisfies Record<
  string,
  Typ
>;
