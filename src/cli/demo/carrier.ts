import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Carrier, createCarrier } from '../../carrier/carrier.js';
import { createCarrierKeys, rootOf } from '../../carrier/keys.js';
import type { OpenedReport } from '../../carrier/open-report.js';
import { type ReferenceCarrier, startReferenceCarrier } from '../../carrier/reference-carrier.js';
import { openSqliteCarrierStore } from '../../carrier/sqlite-store.js';
import type { AnswerBody } from '../../contract/carrier-messages.js';
import { acceptBundle } from '../../identity/bundle.js';
import { createKeys } from '../../identity/keys.js';

/** The reference carrier of the demo, with what it has received. */
export interface DemoCarrier {
  readonly carrier: Carrier;
  readonly link: ReferenceCarrier;
  /** Reports in the order in which they were taken as new. */
  readonly reports: readonly OpenedReport[];
  /** Makes the terminal's keys, enrols it, and hands it its site bundle, as a technician would. */
  provision(stateDirectory: string, terminal: string, site: string, brokerUrl: string): Promise<void>;
  close(): Promise<void>;
}

export async function startDemoCarrier(
  directory: string,
  brokerUrl: string,
  deps: { logger: Logger; onReport: (opened: OpenedReport) => void },
): Promise<DemoCarrier> {
  await mkdir(directory, { recursive: true });
  const keys = await createCarrierKeys();
  const store = await openSqliteCarrierStore(join(directory, 'carrier.sqlite'));
  const carrier = createCarrier({ keys, store });
  const reports: OpenedReport[] = [];
  const link = await startReferenceCarrier(
    { url: brokerUrl, connection: { clientId: 'demo-carrier' } },
    {
      carrier,
      numbersOf,
      logger: deps.logger,
      onReport: (opened, kept) => {
        if (kept !== 'new') return;
        reports.push(opened);
        deps.onReport(opened);
      },
    },
  );
  return {
    carrier,
    link,
    reports,
    async provision(stateDirectory, terminal, site, url) {
      const { keyId, publicJwk } = await createKeys(stateDirectory);
      await store.register({ terminal, site, publicJwk });
      const bundle = await carrier.bundle({ terminal, site, terminalKey: keyId, broker: { url } });
      await acceptBundle(stateDirectory, bundle, { root: rootOf(keys) });
    },
    async close() {
      await link.close();
      await store.close();
    },
  };
}

/** Invented numbers, the same for the same holder each time: two phones and a line at home. */
function numbersOf({ number }: { number: string }): AnswerBody['numbers'] {
  const seed = createHash('sha256').update(number).digest();
  const digits = (at: number): string => String(seed.readUInt16BE(at) % 10_000).padStart(4, '0');
  const ref = (at: number): string => seed.subarray(at, at + 9).toString('base64url');
  return [
    { ref: ref(0), masked: `138****${digits(0)}`, kind: 'mobile', since: '2016-03-08' },
    { ref: ref(9), masked: `177****${digits(2)}`, kind: 'mobile', since: '2021-11-20' },
    { ref: ref(18), masked: `0571-****${digits(4)}`, kind: 'internet', since: '2019-06-01' },
  ];
}
