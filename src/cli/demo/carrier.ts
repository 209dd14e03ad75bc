import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Carrier, createCarrier } from '../../carrier/carrier.js';
import { createCarrierKeys, rootOf } from '../../carrier/keys.js';
import type { OpenedReport } from '../../carrier/open-report.js';
import { type ReferenceCarrier, startReferenceCarrier } from '../../carrier/reference-carrier.js';
import { openSqliteCarrierStore } from '../../carrier/sqlite-store.js';
import { acceptBundle } from '../../identity/bundle.js';
import { createKeys } from '../../identity/keys.js';
import { inventedNumbers } from '../invented-numbers.js';

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
      numbersOf: inventedNumbers,
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
