import type { Logger } from 'pino';
import { raiseFloor, readFloor } from './clock/floor.js';
import type { Clock } from './clock/port.js';
import type { Config } from './config/schema.js';
import { TYP } from './contract/envelope.js';
import type { Report } from './contract/report.js';
import {
  chooseStore,
  makeCamera,
  makeClock,
  makeDecoder,
  makeFace,
  makeLights,
  makeReader,
} from './drivers.js';
import { examineSiteBundle } from './examine-bundle.js';
import { createHealth } from './health/create-health.js';
import { reportHealth } from './health/health-report.js';
import { createQuietCheck } from './health/quiet-check.js';
import { settleKeySets } from './identity/key-places.js';
import { loadIdentity } from './identity/load-identity.js';
import type { TerminalIdentity } from './identity/port.js';
import { createKeyRenewal } from './identity/renewal.js';
import { patternOf } from './lights/patterns.js';
import { openOutbox } from './outbox/open-outbox.js';
import type { SignReport } from './outbox/port.js';
import { createScreen } from './screen/create-screen.js';
import type { SimulatorBar } from './screen/port.js';
import { createUplink } from './uplink/create-uplink.js';
import { createExecutor } from './uplink/execute-command.js';
import { tryBroker } from './uplink/try-broker.js';
import { createCounter } from './visit/create-counter.js';
import { createOrderDesk } from './visit/order-desk.js';
import { parsePolicy } from './visit/policy.js';

export interface TerminalOptions {
  /** Name and version, e.g. `countersign 0.1.0`; stands in every report. */
  readonly software: string;
  readonly logger: Logger;
  /** Only the demo has one: chooses who stands before the camera and what lies on the reader. */
  readonly simulator?: SimulatorBar;
  /** Called when the carrier orders a new start; the caller closes the terminal and ends the process. */
  readonly onRestart: (reason: 'reload' | 'reboot') => void;
  /** What the logger wrote last, for a carrier that asks. */
  readonly recentLogs?: () => readonly string[];
}

export interface Terminal {
  /** Address of the local page. */
  readonly url: string;
  /** Stops in the reverse order of the start; idempotent. */
  close(): Promise<void>;
}

/** From configuration to a running terminal. Joins the parts and decides nothing. */
export async function startTerminal(config: Config, options: TerminalOptions): Promise<Terminal> {
  const { logger, software } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).reverse()) {
      // One part that will not stop must not keep the others from it.
      await Promise.resolve(each()).catch((error: unknown) =>
        logger.warn({ err: error }, 'a part did not stop well'),
      );
    }
  };
  try {
    return { url: await join(config, options, closers), close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    logger.debug({ software }, 'start ended');
  }
}

async function join(
  config: Config,
  { software, logger, simulator, onRestart, recentLogs }: TerminalOptions,
  closers: (() => Promise<void> | void)[],
): Promise<string> {
  const { stateDirectory } = config;
  const floor = await readFloor(stateDirectory);
  const clock = makeClock(floor === undefined ? {} : { floor });
  // Which keys are in force does not hang on it: a card that cannot be written to must not keep the terminal from starting.
  await settleKeySets(stateDirectory).catch((error: unknown) =>
    logger.warn({ err: error }, 'former keys could not be erased'),
  );
  const identity = await loadIdentity({ stateDirectory }, { clock });
  const policy = parsePolicy(config.policy, identity.policy);

  const outbox = await openOutbox(
    { directory: stateDirectory, ...config.outbox },
    { sign: signReports(identity), clock, openStore: chooseStore(config.outbox.store), logger },
  );
  closers.push(() => outbox.close());
  const boot = Number((await outbox.recall('boot')) ?? 0) + 1;
  await outbox.remember('boot', String(boot));

  const lights = await makeLights(config.lights, { clock, logger });
  closers.push(() => lights.close());
  const reader = makeReader(config.reader, { clock, logger });
  closers.push(() => reader.close());
  const camera = makeCamera(config.camera, { clock, logger });
  closers.push(() => camera.close());
  const face = await makeFace(config.face, { stateDirectory, logger });
  closers.push(() => face.close());
  const decoder = makeDecoder(config.photoDecoder, { logger });

  const counter = createCounter(
    { policy, software, boot },
    {
      reader,
      decoder,
      camera,
      face,
      faceLight: lights.faceLight,
      outbox,
      envelope: identity.envelope,
      clock,
      logger,
      askNumbers: (holder, signal) => uplink.ask(holder, signal),
      isOnline: () => uplink.connected,
      onOrderState: (state) => uplink.tellOrderState(state),
    },
  );
  closers.push(() => counter.close());

  const uplink = createUplink(
    { ...config.uplink, software },
    {
      outbox,
      identity,
      clock,
      logger,
      handlers: {
        onOrder: (order) => desk.take(order),
        onCommand: createExecutor({
          onRestart,
          recentLogs,
          envelope: identity.envelope,
          rotation: {
            renewal: createKeyRenewal(stateDirectory, {
              examine: (bundle) => examineSiteBundle(config, bundle),
            }),
            tryBroker: (access) => tryBroker({ terminal: identity.terminal, ...config.uplink }, access),
          },
        }),
      },
      health: () =>
        reportHealth({
          clock,
          outbox,
          directory: stateDirectory,
          visits: () => counter.visits(),
          checks: () => health.latest(),
        }),
    },
  );
  closers.push(() => uplink.close());
  const desk = createOrderDesk({
    counter,
    now: () => clock.now(),
    tell: (state) => uplink.tellOrderState(state),
  });
  closers.push(() => desk.close());

  const quietCamera = createQuietCheck(() => camera.check(), config.camera.device);
  closers.push(
    counter.watch(({ faults = [] }) => {
      if (faults.some((code) => code.startsWith('CAMERA_'))) quietCamera.doubt();
    }),
  );
  const parts = [reader, face, decoder, lights, outbox, uplink];
  const health = createHealth(
    {},
    {
      checks: [quietCamera.check, ...parts.map((part) => () => part.check())],
      clock,
      logger,
      onFaults: (codes) => {
        counter.setFaults(codes);
        // That the line is down can only be told once it is up again, and is not true then.
        uplink.tellFaults(codes.filter((code) => code !== 'uplink'));
      },
    },
  );
  closers.push(() => health.close());
  const stopLamps = counter.watch((view) => lights.show(patternOf(view)));
  closers.push(stopLamps);
  closers.push(uplink.onConnection(() => counter.refresh()));

  const screen = await createScreen(config.screen, {
    counter,
    facts: { terminal: identity.terminal, software },
    logger,
    ...(simulator === undefined ? {} : { simulator }),
  });
  closers.push(() => screen.close());

  closers.push(keepFloor(stateDirectory, clock));
  lights.show(patternOf(counter.view()));
  uplink.start();
  health.start();
  await health.ready();
  return screen.url;
}

/** Binds the queue's numbers to the terminal's key: the outbox numbers, the identity signs, neither knows the other. */
function signReports({ terminal, site, signer }: TerminalIdentity): SignReport {
  return (draft, { seq, previous, chainRestarted }) =>
    signer.sign(TYP.report, {
      ...draft,
      seq,
      terminal,
      site,
      signerTier: signer.tier,
      ...(previous === undefined ? {} : { previous }),
      ...(chainRestarted === undefined ? {} : { chainRestarted }),
    } satisfies Report);
}

const FLOOR_EVERY_MS = 10 * 60_000;

function keepFloor(stateDirectory: string, clock: Clock): () => void {
  const raise = (): void => {
    const { at, confidence } = clock.now();
    if (confidence === 'synchronised') void raiseFloor(stateDirectory, at);
  };
  raise();
  const timer = setInterval(raise, FLOOR_EVERY_MS).unref();
  return () => clearInterval(timer);
}
