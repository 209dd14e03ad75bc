import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { stringify } from 'yaml';
import type { OpenedReport } from '../../carrier/open-report.js';
import { loadConfig } from '../../config/load.js';
import type { Service } from '../../domain/service.js';
import { startTerminal, type Terminal } from '../../terminal.js';
import { version } from '../version.js';
import { type DemoBroker, startBroker } from './broker.js';
import { type DemoCarrier, startDemoCarrier } from './carrier.js';
import { type DemoDevices, startDevices } from './devices.js';
import { openPageVisitor, type PageVisitor } from './page.js';

const TERMINAL = 'demo-1';
const SITE = 'demo-shop';

/** A terminal and everything around it, on this computer alone. */
export interface DemoWorld {
  readonly url: string;
  readonly brokerName: string;
  readonly page: PageVisitor;
  readonly devices: DemoDevices;
  readonly carrier: DemoCarrier;
  /** The carrier's point of sale begins a visit. */
  order(service: Service, registeredHolder: string): Promise<string>;
  /** Numbers that the carrier misses, and breaks of the chain: both empty when all is well. */
  audit(): Promise<{ last: number; missing: number[]; broken: number[] }>;
  close(): Promise<void>;
}

export interface DemoOptions {
  readonly directory: string;
  readonly port: number;
  readonly logger: Logger;
  readonly say: (line: string) => void;
  readonly onReport: (opened: OpenedReport) => void;
}

/**
 * Starts broker, carrier and far sides, provisions a terminal as a technician would, and starts the service with its
 * shipped drivers on a configuration file of its own.
 */
export async function startWorld(options: DemoOptions): Promise<DemoWorld> {
  const { directory, logger, say } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).reverse()) {
      await Promise.resolve(each()).catch((error: unknown) =>
        logger.warn({ err: error }, 'not stopped well'),
      );
    }
  };
  try {
    const broker = await startBroker(directory);
    closers.push(() => broker.close());
    say(`broker: ${broker.name} at ${broker.url}`);
    const carrier = await startDemoCarrier(join(directory, 'carrier'), broker.url, options);
    closers.push(() => carrier.close());
    say('reader, camera and photo decoder: processes of their own (rendering cards of the cast ...)');
    const devices = await startDevices(directory);
    closers.push(() => devices.close());
    const terminal = await startService(options, { broker, carrier, devices });
    closers.push(() => terminal.close());
    const page = await openPageVisitor(terminal.url);
    closers.push(() => page.close());
    return {
      url: terminal.url,
      brokerName: broker.name,
      page,
      devices,
      carrier,
      order: (service, registeredHolder) =>
        carrier.link.sendOrder({ terminal: TERMINAL, service, registeredHolder, language: 'en' }),
      audit: () => carrier.carrier.audit(TERMINAL),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startService(
  { directory, port, logger, say }: DemoOptions,
  parts: { broker: DemoBroker; carrier: DemoCarrier; devices: DemoDevices },
): Promise<Terminal> {
  const { broker, carrier, devices } = parts;
  const stateDirectory = join(directory, 'state');
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await carrier.provision(stateDirectory, TERMINAL, SITE, broker.url);
  const file = join(directory, 'config.yaml');
  await writeFile(
    file,
    stringify({
      stateDirectory,
      runtimeDirectory: join(directory, 'run'),
      reader: { driver: 'sam-v', path: devices.readerPath },
      // The far sides are Node programs, which take their time to start on a busy small board.
      photoDecoder: { driver: 'command', command: devices.decoderCommand, timeoutMs: 10_000 },
      camera: { driver: 'stream', command: devices.cameraCommand, startTimeoutMs: 20_000 },
      screen: { port },
    }),
  );
  say(`terminal: ${TERMINAL}, provisioned, configuration in ${file}`);
  return startTerminal(await loadConfig({ file }), {
    software: `countersign ${version()}`,
    logger,
    simulator: {
      ...devices,
      order: async (card) => {
        await carrier.link.sendOrder({
          terminal: TERMINAL,
          service: 'sim-replacement',
          registeredHolder: devices.card(card).fields.number,
        });
      },
    },
    onRestart: (reason) => say(`the carrier asks for a ${reason}; the demo goes on`),
  });
}
