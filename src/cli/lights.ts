import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import { makeClock, makeLights } from '../drivers.js';
import { LAMP_PATTERNS } from '../lights/port.js';
import { EXIT, note, print, printJson } from './output.js';

interface Options {
  readonly config?: string;
  readonly seconds: string;
  readonly json?: boolean;
}

/** `countersign lights`: a technician's look at the lamps. */
export function lightsCommand(): Command {
  return new Command('lights')
    .description('Try the lamps.')
    .addCommand(
      new Command('test')
        .description('Show every pattern, one after the other, and say which.')
        .option('--config <file>', 'configuration file')
        .option('--seconds <number>', 'seconds for each pattern, 0.1 to 60', '1')
        .option('--json', 'print JSON')
        .addHelpText('after', '\nExample:\n  countersign lights test --seconds 3')
        .action(showAll),
    );
}

async function showAll(options: Options, command: Command): Promise<void> {
  const seconds = Number(options.seconds);
  if (!(seconds >= 0.1 && seconds <= 60)) {
    command.error('error: --seconds takes a number from 0.1 to 60');
  }
  const config = await loadConfig({ file: options.config });
  const clock = makeClock();
  const lights = await makeLights(config.lights, { clock });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    for (const pattern of LAMP_PATTERNS) {
      if (options.json !== true) print(pattern);
      lights.show(pattern);
      await clock.sleep(seconds * 1000, stop.signal);
    }
    if (lights.faceLight !== undefined) {
      if (options.json !== true) print('the light beside the camera');
      await lights.faceLight.set(true);
      await clock.sleep(seconds * 1000, stop.signal);
      await lights.faceLight.set(false);
    }
    const found = await lights.check();
    if (options.json === true) printJson({ ...found, patterns: LAMP_PATTERNS });
    else print(found.detail);
    if (found.ok) return;
    if (found.advice !== undefined) note(found.advice);
    process.exitCode = EXIT.unusable;
  } finally {
    process.off('SIGINT', interrupt);
    await lights.close();
  }
}
