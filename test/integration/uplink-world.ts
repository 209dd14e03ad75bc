import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { type Carrier, createCarrier } from '#built/carrier/carrier.js';
import { type CarrierKeys, createCarrierKeys, rootOf } from '#built/carrier/keys.js';
import type { OpenedReport } from '#built/carrier/open-report.js';
import {
  type ReferenceCarrier,
  type ReferenceCarrierDeps,
  type ReferenceCarrierOptions,
  startReferenceCarrier,
} from '#built/carrier/reference-carrier.js';
import { openSqliteCarrierStore } from '#built/carrier/sqlite-store.js';
import { createSystemClock } from '#built/clock/system-driver.js';
import type { Command, Order } from '#built/contract/carrier-messages.js';
import { TYP } from '#built/contract/envelope.js';
import type { ReportDraft } from '#built/contract/report.js';
import type { CommandResult, OrderState, Status } from '#built/contract/terminal-messages.js';
import { acceptBundle } from '#built/identity/bundle.js';
import { createKeys } from '#built/identity/keys.js';
import { loadIdentity } from '#built/identity/load-identity.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { openOutbox } from '#built/outbox/open-outbox.js';
import type { Outbox, SignReport } from '#built/outbox/port.js';
import { openSqlite3Store } from '#built/outbox/sqlite3-driver.js';
import { createUplink, type UplinkOptions } from '#built/uplink/create-uplink.js';
import type { UplinkHandlers } from '#built/uplink/port.js';

export const QUICK: UplinkOptions = {
  protocol: 'auto',
  keepAliveSeconds: 30,
  window: 20,
  backlogPerSecond: 500,
  reconnectFirstMs: 50,
  reconnectMostMs: 400,
  software: 'countersign test',
};

export const clock = createSystemClock();

export async function until(holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not come to hold: ${holds.toString()}`);
    await sleep(10);
  }
}

/** A carrier's keys, store and library; terminals are provisioned as in the field. */
export async function createWorld() {
  const directory = await mkdtemp(join(tmpdir(), 'uplink-'));
  const keys = await createCarrierKeys();
  const store = await openSqliteCarrierStore(':memory:');
  const carrier = createCarrier({ keys, store });
  return {
    directory,
    keys,
    carrier,
    async provision(
      terminal: string,
      url: string,
      tls: { ca?: string; certify?: (csr: string) => Promise<string> } = {},
    ) {
      const stateDirectory = join(directory, terminal);
      const { keyId, publicJwk, tlsCsrPem } = await createKeys(stateDirectory);
      await store.register({ terminal, site: 'site-1', publicJwk });
      const bundle = await carrier.bundle({
        terminal,
        site: 'site-1',
        terminalKey: keyId,
        broker: {
          url,
          ...(tls.ca === undefined ? {} : { ca: tls.ca }),
          ...(tls.certify === undefined ? {} : { certificate: await tls.certify(tlsCsrPem) }),
        },
      });
      await acceptBundle(stateDirectory, bundle, { root: rootOf(keys) });
      return loadIdentity({ stateDirectory }, { clock });
    },
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
export type World = Awaited<ReturnType<typeof createWorld>>;
export type { Carrier, CarrierKeys };

export function signReports({ terminal, site, signer }: TerminalIdentity): SignReport {
  return (draft, { seq, previous }) =>
    signer.sign(TYP.report, {
      ...draft,
      seq,
      terminal,
      site,
      signerTier: signer.tier,
      ...(previous === undefined ? {} : { previous }),
    });
}

export async function draft(identity: TerminalIdentity): Promise<ReportDraft> {
  const holder = await identity.envelope.seal(TYP.holder, {
    kind: 'resident-id',
    name: '证件样本',
    sex: 'female',
    birthDate: '1990-01-01',
    number: '11010119900101001X',
    validFrom: '2020-01-01',
    validUntil: '2040-01-01',
  });
  return {
    id: v7(),
    service: 'new-number',
    outcome: 'verified',
    reasons: ['face-matches-card'],
    people: [{ role: 'holder', holder, attempts: 1 }],
    decidedAt: { ...instantOf(), boot: 1 },
    software: 'countersign test',
    policy: 'default',
  };
}

function instantOf() {
  const { at, confidence, elapsedMs } = clock.now();
  return { at, confidence, elapsedMs };
}

/** The terminal's durable queue, as it is shipped. */
export function openQueue(world: World, identity: TerminalIdentity, resendAfterMs = 30_000): Promise<Outbox> {
  return openOutbox(
    {
      directory: join(world.directory, identity.terminal),
      quotaMb: 64,
      reserveKb: 64,
      keepDays: 30,
      resendAfterMs,
    },
    { sign: signReports(identity), clock, openStore: openSqlite3Store },
  );
}

/** One terminal: identity, durable queue, uplink; and what its handlers were called with. */
export async function createTerminal(
  world: World,
  identity: TerminalIdentity,
  options: Partial<UplinkOptions> & { resendAfterMs?: number } = {},
  given: { outbox?: Outbox; onCommand?: UplinkHandlers['onCommand'] } = {},
) {
  const outbox = given.outbox ?? (await openQueue(world, identity, options.resendAfterMs));
  const orders: Order[] = [];
  const commands: Command[] = [];
  const uplink = createUplink(
    { ...QUICK, ...options },
    {
      outbox,
      identity,
      clock,
      handlers: {
        onOrder: (order) => void orders.push(order),
        onCommand:
          given.onCommand ??
          (async (command) => {
            commands.push(command);
            return { result: 'done' };
          }),
      },
      health: async () => ({
        at: clock.now().at,
        clock: 'floor',
        uptimeSeconds: 1,
        visits: 0,
        outbox: { waiting: 0, sent: 0, confirmed: 0 },
        memoryMb: 1,
        checks: [{ name: 'reader', ok: true }],
      }),
    },
  );
  return {
    identity,
    outbox,
    orders,
    commands,
    uplink,
    async append(count: number): Promise<void> {
      for (let index = 0; index < count; index++) await outbox.append(await draft(identity));
    },
    confirmed: async (): Promise<number> => (await outbox.counts()).confirmed,
    async close(): Promise<void> {
      await uplink.close();
      await outbox.close();
    },
  };
}
export type TestTerminal = Awaited<ReturnType<typeof createTerminal>>;

/** The reference carrier on a broker, with everything it heard. */
export async function listen(
  world: World,
  url: string,
  options: {
    connection?: ReferenceCarrierOptions['connection'];
    onSend?: ReferenceCarrierDeps['onSend'];
  } = {},
) {
  const opened: OpenedReport[] = [];
  const kept: string[] = [];
  const states: OrderState[] = [];
  const results: (CommandResult & { logs?: readonly string[] | undefined })[] = [];
  const statuses = new Map<string, Status>();
  const carrier: ReferenceCarrier = await startReferenceCarrier(
    { url, ...(options.connection === undefined ? {} : { connection: options.connection }) },
    {
      carrier: world.carrier,
      ...(options.onSend === undefined ? {} : { onSend: options.onSend }),
      numbersOf: () => [
        { ref: 'ref-1', masked: '138****0001', kind: 'mobile', since: '2020-02-02' },
        { ref: 'ref-2', masked: '138****0002', kind: 'mobile' },
      ],
      onReport: (report, how) => {
        opened.push(report);
        kept.push(how);
      },
      onOrderState: (state) => void states.push(state),
      onCommandResult: (result, logs) => void results.push({ ...result, logs }),
      onStatus: (terminal, status) => void statuses.set(terminal, status),
    },
  );
  return { ...carrier, opened, kept, states, results, statuses };
}
