import { Command } from 'commander';
import { stringify } from 'yaml';
import { redact } from '../config/redact.js';
import type { Config } from '../config/schema.js';
import type { Check } from '../domain/check.js';
import { isCountersignError } from '../domain/errors.js';
import { CHECKS, type DoctorCheck } from './doctor-checks.js';
import { EXIT, note, print, printJson } from './output.js';
import { loadTerminalConfig } from './terminal-config.js';

/** One check may hang with its device; the others must still be told. */
const MOST_MS = 20_000;

/** `countersign doctor`: every part, one by one, with what to do about each failure. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Checks configuration, models, reader, camera, lamps, disk, clock, broker and identity.')
    .option('--config <file>', 'configuration (else COUNTERSIGN_CONFIG, else /etc/countersign/config.yaml)')
    .option('--set <key=value...>', 'override one value of the configuration')
    .option('--json', 'print JSON on stdout')
    .option('--only <names>', `comma-separated: ${Object.keys(CHECKS).join(', ')}`)
    .addHelpText('after', '\nExample:\n  countersign doctor --only reader,camera')
    .action(async (options: { config?: string; set?: string[]; json?: boolean; only?: string }) => {
      const config = await loadTerminalConfig({ file: options.config, set: options.set });
      const wanted = options.only?.split(',') ?? Object.keys(CHECKS);
      const results: Check[] = [];
      for (const name of wanted) {
        const run = CHECKS[name];
        if (run === undefined) {
          note(`countersign: there is no check "${name}"; known: ${Object.keys(CHECKS).join(', ')}`);
          process.exitCode = EXIT.usage;
          return;
        }
        const result = await examine(name, run, config);
        results.push(result);
        if (options.json !== true) show(result);
      }
      const ok = results.every((each) => each.ok);
      if (options.json === true) printJson({ ok, checks: results, config: redact(config) });
      else print(`\nEffective configuration:\n${stringify(redact(config))}`);
      process.exitCode = ok ? EXIT.done : EXIT.no;
    });
}

async function examine(name: string, run: DoctorCheck, config: Config): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(
      () =>
        resolve({
          name,
          ok: false,
          detail: `no answer within ${MOST_MS / 1000} s`,
          advice: 'Unplug the part, plug it in again, and run doctor once more.',
        }),
      MOST_MS,
    );
  });
  try {
    // Under the name by which it is asked for.
    return { ...(await Promise.race([run(config), late])), name };
  } catch (error) {
    const advice = isCountersignError(error) ? error.advice : 'Run again with NODE_DEBUG set and report it.';
    const detail = isCountersignError(error)
      ? error.code
      : error instanceof Error
        ? error.message
        : String(error);
    return { name, ok: false, detail, advice };
  } finally {
    clearTimeout(timer);
  }
}

function show({ name, ok, detail, advice }: Check): void {
  print(`${ok ? '✔' : '✘'} ${name.padEnd(14)} ${detail}`);
  if (!ok && advice !== undefined) print(`  ${' '.repeat(14)} → ${advice}`);
}
