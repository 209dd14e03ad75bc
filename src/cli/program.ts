import { Command, CommanderError } from 'commander';
import { isAbort, isCountersignError } from '../domain/errors.js';
import { EXIT, note } from './output.js';
import { version } from './version.js';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command: loaded only when it is called, so that `--help` and a quick command start quickly. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  run: { summary: 'the service', load: async () => (await import('./run.js')).runCommand() },
  demo: {
    summary: 'a whole simulated terminal, visits included',
    load: async () => (await import('./demo.js')).demoCommand(),
  },
  doctor: {
    summary: 'check every part and say what to do',
    load: async () => (await import('./doctor.js')).doctorCommand(),
  },
  provision: {
    summary: 'keys, request and site bundle of a terminal',
    load: async () => (await import('./provision.js')).provisionCommand(),
  },
  card: { summary: 'read an ID card', load: async () => (await import('./card.js')).cardCommand() },
  camera: { summary: 'take one picture', load: async () => (await import('./camera.js')).cameraCommand() },
  lights: { summary: 'show the lamps', load: async () => (await import('./lights.js')).lightsCommand() },
  face: { summary: 'compare two photographs', load: async () => (await import('./face.js')).faceCommand() },
  models: {
    summary: 'networks and model packs',
    load: async () => (await import('./models.js')).modelsCommand(),
  },
  outbox: {
    summary: 'what waits, what is confirmed',
    load: async () => (await import('./outbox.js')).outboxCommand(),
  },
  carrier: {
    summary: 'the reference carrier',
    load: async () => (await import('./carrier.js')).carrierCommand(),
  },
  simulate: {
    summary: 'the far sides, for integrators',
    load: async () => (await import('./simulate.js')).simulateCommand(),
  },
};

/** Parses, runs, and turns whatever happened into an exit code (design: 0 done, 1 no, 2 usage, 3 unusable). */
export async function runCli(argv: readonly string[]): Promise<void> {
  try {
    await (await buildProgram(argv[2])).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

async function buildProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('countersign')
    .description('The terminal that confirms that the person present is the person on the ID card.')
    .version(version())
    .showHelpAfterError('(countersign --help tells more)')
    .exitOverride();
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = name === wanted ? await load() : new Command(name);
    overrideExit(command.name(name).summary(summary));
    program.addCommand(command);
  }
  return program;
}

/** Commander would end the process by itself, before buffers are written. */
function overrideExit(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) overrideExit(each);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (isAbort(error)) return 130;
  if (isCountersignError(error)) {
    note(`countersign: ${error.message}`);
    if (error.code.startsWith('CONFIG_')) return EXIT.usage;
    return error.cure === 'person' ? EXIT.no : EXIT.unusable;
  }
  note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 70;
}
